//! `doctor`: what is wrong outside is found, each thing by its own line, and what is well is told.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use playground::gateway::Gateway;
use playground::loopback::Loopback;
use playground::telegram::{Fault, Post, Rule, Standing, Telegram};
use runtime::{Announcement, DeskStore as _, NewNotice, Settlement, SqliteState};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::bundle::Tree;
use crate::tool::{Run, command, run};

const TOKEN: &str = "4200:AAtoken-canary";
const BOT: i64 = 4200;
const GROUP: i64 = -1_001_000_000_007;
const RIVER: i64 = -1_001_000_000_008;
const OWNER: i64 = 700_501;
const SECOND: i64 = 700_502;
const ADMIN: Standing = Standing::Administrator { topics: true, pins: true, deletes: true };

/// A workshop that is published and has a desk, and everything outside as it should be.
struct House {
    tree: Tree,
    telegram: Telegram,
    runtime: Runtime,
    telegram_url: String,
    gateway_url: String,
    _served: (Loopback, Loopback),
}

impl House {
    fn open() -> Self {
        let tree = Tree::of_two();
        tree.edit(
            "spoke",
            "client.yaml",
            "secrets:\n  webhook_secret: env:SPOKE_SECRET\n",
            "\
secrets:
  webhook_secret: env:SPOKE_SECRET
  telegram_bot_token: env:SPOKE_BOT
settings:
  telegram_chat_id: \"-1001000000007\"
  owner_telegram_id: [700501, \"@second_owner\"]
agents:
  - {name: Ия, role: manager, telegram: \"@iya_spoke\"}
",
        );
        let own = "    instance_id: spoke-river\n    telegram_chat_id: \"-1001000000008\"\n";
        tree.edit("spoke", "branches.yaml", "    instance_id: spoke-river\n", own);
        run(tree.path(), &["apply"]).exits(0);
        let state = SqliteState::open(&tree.path().join("var")).unwrap();
        for owner in [OWNER, SECOND] {
            state.set_reachable(BOT, owner, Some(1_772_323_200_000)).unwrap();
        }
        state.bind("spoke", "second_owner", SECOND, 1_772_323_200_000).unwrap();

        let runtime = Runtime::new().unwrap();
        let (telegram, gateway) = (Telegram::default(), Gateway::default());
        for group in [GROUP, RIVER] {
            telegram.add_forum(group, "Спица");
            telegram.set_standing(group, BOT, ADMIN, OWNER).unwrap();
        }
        // After its rights, so that no update of them waits.
        telegram.add_bot(TOKEN, "spoke_bot");
        let served =
            runtime.block_on(async { (telegram.serve().await.unwrap(), gateway.serve().await.unwrap()) });
        let (telegram_url, gateway_url) = (served.0.url(), format!("{}/api/v1", served.1.url()));
        Self { tree, telegram, runtime, telegram_url, gateway_url, _served: served }
    }

    /// Runs the verb where `serve` would run, with more or other settings.
    fn doctor(&self, args: &[&str], settings: &[(&str, &str)]) -> Run {
        let mut command = command(self.tree.path());
        command.arg("doctor").args(args);
        let (spoke, crumb) = ("s".repeat(32), "c".repeat(32));
        command
            .env("CHATFLOW_API_URL", &self.gateway_url)
            .env("CHATFLOW_TOKEN", "gateway-canary")
            .env("TELEGRAM_API_URL", &self.telegram_url)
            .env("SPOKE_SECRET", spoke)
            .env("CRUMB_SECRET", crumb)
            .env("SPOKE_BOT", TOKEN)
            .envs(settings.iter().copied());
        let run: Run = command.output().unwrap().into();
        for hidden in ["canary", "ssssss", &OWNER.to_string(), "second_owner", "Ия"] {
            assert!(
                !run.out.contains(hidden) && !run.err.contains(hidden),
                "{hidden}: {} {}",
                run.out,
                run.err
            );
        }
        run
    }

    /// The one finding of a check that is wrong; nothing else is.
    #[track_caller]
    fn only_wrong(&self, settings: &[(&str, &str)], check: &str) -> String {
        let found = self.doctor(&["spoke", "--format", "json"], settings).exits(1).json();
        let wrong: Vec<&Value> =
            found.as_array().unwrap().iter().filter(|it| it["outcome"] == "failed").collect();
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
        assert_eq!(wrong[0]["check"], check, "{wrong:#?}");
        assert!(wrong[0]["remedy"].as_str().is_some_and(|it| !it.is_empty()), "{wrong:#?}");
        wrong[0]["detail"].as_str().unwrap().to_owned()
    }

    /// Calls the Bot API as somebody else with the token would.
    fn call(&self, method: &str, query: &[(&str, &str)]) {
        let url = format!("{}/bot{TOKEN}/{method}", self.telegram_url);
        let answer = self.runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            client.get(url).query(query).send().await.unwrap().status()
        });
        assert_eq!(answer.as_u16(), 200, "{method}");
    }
}

/// Text without ids of releases.
fn steady(text: &str) -> String {
    let is_id = |it: &str| it.len() == 12 && it.bytes().all(|it| it.is_ascii_hexdigit());
    let word = |it: &str| {
        let bare = it.trim_end_matches(',');
        if is_id(bare) { it.replace(bare, "RELEASE") } else { it.to_owned() }
    };
    let line = |it: &str| it.split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_house_that_is_well_is_told_so() {
    let house = House::open();
    let told = house.doctor(&[], &[]).exits(0);
    insta::assert_snapshot!(steady(&told.out));
    let json = house.doctor(&["--format", "json"], &[]).exits(0).json();
    let tenants: Vec<&Value> = json.as_array().unwrap().iter().map(|it| &it["tenant"]).collect();
    let mut groups = tenants.clone();
    groups.dedup();
    assert_eq!(groups, [&Value::Null, &"crumb".into(), &"spoke".into()]);
    let one = house.doctor(&["crumb", "--format", "json"], &[]).exits(0).json();
    assert!(one.as_array().unwrap().iter().all(|it| it["tenant"] != "spoke"), "{one}");
    house.doctor(&["nobody"], &[]).exits(1);
    house.doctor(&[], &[("CHATFLOW_API_URL", "nowhere")]).exits(2);
    house.doctor(&["--format", "sarif"], &[]).exits(2);
    let calls = house.telegram.calls();
    assert!(calls.iter().all(|it| it.method.to_lowercase().starts_with("get")), "{calls:?}");
    assert!(calls.iter().all(|it| !it.method.eq_ignore_ascii_case("getUpdates")), "{calls:?}");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let house = House::open();
    house.telegram.set_standing(GROUP, BOT, Standing::Member, OWNER).unwrap();
    house.telegram.add_group(RIVER, "Спица");
    house
        .telegram
        .set_standing(RIVER, BOT, Standing::Administrator { topics: true, pins: false, deletes: true }, OWNER)
        .unwrap();
    let state = SqliteState::open(&house.tree.path().join("var")).unwrap();
    state.set_reachable(BOT, OWNER, None).unwrap();
    state.unbind("spoke", "second_owner").unwrap();
    house.call("setWebhook", &[("url", "http://127.0.0.1:9/hook")]);
    let wrong = [
        ("SPOKE_SECRET", "short"),
        ("CRUMB_SECRET", ""),
        ("CHATFLOW_TOKEN", ""),
        ("CHATFLOW_API_URL", "http://127.0.0.1:9/api/v1"),
        ("OPENAI_API_KEY", "sk-canary"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1"),
        ("PUBLIC_BASE_URL", "https://bot.example"),
    ];
    let told = house.doctor(&[], &wrong).exits(1);
    insta::assert_snapshot!("everything_wrong", steady(&told.out));
    let told = house.doctor(&["--lang", "ru"], &wrong).exits(1);
    insta::assert_snapshot!("everything_wrong_ru", steady(&told.out));
}

#[test]
fn a_bot_without_rights_is_told_by_group() {
    let house = House::open();
    house
        .telegram
        .set_standing(RIVER, BOT, Standing::Administrator { topics: false, pins: true, deletes: true }, OWNER)
        .unwrap();
    assert!(house.only_wrong(&[], "telegram_group:river").contains("manage topics"));
    // Without it the topics of customers who are forgotten stay.
    let keeps = Standing::Administrator { topics: true, pins: true, deletes: false };
    house.telegram.set_standing(RIVER, BOT, keeps, OWNER).unwrap();
    assert!(house.only_wrong(&[], "telegram_group:river").contains("delete messages"));
    let told = house.doctor(&["spoke", "--lang", "ru"], &[]).exits(1);
    assert!(told.out.contains("удалять сообщения, что нужно для `tenantry forget`"), "{}", told.out);
    house.telegram.set_standing(RIVER, BOT, Standing::Kicked, OWNER).unwrap();
    assert!(house.only_wrong(&[], "telegram_group:river").contains("not in it"));
    house.telegram.set_standing(RIVER, BOT, ADMIN, OWNER).unwrap();
    house.telegram.migrate(RIVER, -1_001_000_000_009).unwrap();
    assert!(house.only_wrong(&[], "telegram_group:river").contains("another id"));
}

#[test]
fn a_token_that_telegram_does_not_know_is_told() {
    let house = House::open();
    let wrong = [("SPOKE_BOT", "4200:AAother-canary")];
    assert!(house.only_wrong(&wrong, "telegram_bot").contains("does not know the token"));
    assert!(house.only_wrong(&[("SPOKE_BOT", "")], "telegram_bot").contains("SPOKE_BOT"));
    assert!(house.only_wrong(&[("SPOKE_BOT", "no token canary")], "telegram_bot").contains("is none"));
}

#[test]
fn updates_must_come_to_where_they_are_waited_for() {
    let house = House::open();
    let public = [("PUBLIC_BASE_URL", "https://bot.example/")];
    assert!(house.only_wrong(&public, "telegram_updates").contains("no webhook is set"));
    house.call("setWebhook", &[("url", "https://bot.example/telegram/4200")]);
    house.doctor(&["spoke"], &public).exits(0);
    assert!(house.only_wrong(&[], "telegram_updates").contains("fetching gets nothing"));
    house.call("setWebhook", &[("url", "https://bot.example/telegram/4201")]);
    assert!(house.only_wrong(&public, "telegram_updates").contains("leads elsewhere"));

    // Nobody listens there.
    house.call("setWebhook", &[("url", "http://127.0.0.1:9/telegram/4200")]);
    let text = "есть кто?".to_owned();
    house.telegram.post(Post { chat_id: GROUP, from: OWNER, text, ..Post::default() }).unwrap();
    let public = [("PUBLIC_BASE_URL", "http://127.0.0.1:9")];
    let deadline = Instant::now() + Duration::from_secs(30);
    while house.doctor(&["spoke"], &public).code == 0 {
        assert!(Instant::now() < deadline, "the failure is never told");
    }
    let told = house.only_wrong(&public, "telegram_updates");
    assert!(told.contains("deliveries fail") && told.contains("waiting: 1"), "{told}");
}

#[test]
fn passages_are_counted_where_no_responder_has_the_index() {
    let house = House::open();
    let passages = |settings: &[(&str, &str)], check: &str| {
        let found = house.doctor(&["spoke", "--format", "json"], settings).json();
        let one = found.as_array().unwrap().iter().find(|it| it["check"] == check).unwrap().clone();
        (one["outcome"].as_str().unwrap().to_owned(), one["detail"].as_str().unwrap().to_owned())
    };
    assert!(passages(&[], "index").1.contains("when it starts"));
    let mut serve = command(house.tree.path());
    serve.args(["serve", "--listen", "127.0.0.1:0"]).env("TELEGRAM_API_URL", &house.telegram_url);
    let mut serve = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(serve.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let meanwhile = passages(&[], "index");
    Command::new("kill").args(["-TERM", &serve.id().to_string()]).status().unwrap();
    serve.wait().unwrap();
    assert!(meanwhile.0 == "skipped" && meanwhile.1.contains("has the folder open"), "{meanwhile:?}");
    let counted = passages(&[], "passages");
    assert!(counted.0 == "ok" && counted.1.contains("all 7"), "{counted:?}");
    house.tree.edit("spoke", "knowledge/storage.md", "первого апреля", "второго апреля");
    run(house.tree.path(), &["apply"]).exits(0);
    let counted = passages(&[], "passages");
    assert!(counted.0 == "skipped" && counted.1.starts_with("1 of 7"), "{counted:?}");
    assert!(house.only_wrong(&[("QDRANT_URL", "http://127.0.0.1:9")], "index").contains("127.0.0.1:9"));
}

#[test]
fn an_owner_must_have_started_the_bot() {
    let house = House::open();
    let state = SqliteState::open(&house.tree.path().join("var")).unwrap();
    state.set_reachable(BOT, OWNER, None).unwrap();
    assert!(house.only_wrong(&[], "owner:1").contains("has not started the bot"));
    state.set_reachable(BOT, OWNER, Some(1)).unwrap();
    state.unbind("spoke", "second_owner").unwrap();
    assert!(house.only_wrong(&[], "owner:2").contains("username"));
}

#[test]
fn an_owner_whom_no_alarm_reached_is_told_of() {
    let house = House::open();
    let state = SqliteState::open(&house.tree.path().join("var")).unwrap();
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let (slug, key) = ("spoke".to_owned(), "late:spoke:1".to_owned());
    let notice = NewNotice { id: "1".to_owned(), jid: "7@s.whatsapp.net".to_owned(), text: String::new() };
    let told =
        Announcement { slug, key, posts: Vec::new(), notices: vec![notice], otherwise: Vec::new(), now_ms };
    assert!(state.announce(&told).unwrap());
    house.doctor(&["spoke"], &[]).exits(0);
    assert_eq!(state.begin_notices(now_ms, 60_000, 1).unwrap().len(), 1);
    state.settle_notice("1", 1, &Settlement::Dead { error: "HTTP 400".to_owned() }, now_ms).unwrap();
    assert!(house.only_wrong(&[], "owner_messages").contains("within a day: 1"));
}

#[test]
fn one_call_that_hangs_hides_no_other_finding() {
    let house = House::open();
    house.telegram.fail(Rule::of("getWebhookInfo", Fault::Hang, 1));
    assert!(house.only_wrong(&[], "telegram_updates").contains("does not answer"));
    house.telegram.fail(Rule::of("getMe", Fault::Flood { retry_after: 7 }, 1));
    assert!(house.only_wrong(&[], "telegram_bot").contains("wait 7 s"));
    house.telegram.fail(Rule::always(Fault::Slow(Duration::from_millis(1))));
    house.doctor(&["spoke"], &[]).exits(0);
}

#[test]
fn numbers_of_two_tenants_and_a_house_without_anything() {
    let house = House::open();
    house.tree.edit("crumb", "client.yaml", "instance_id: crumb-1", "instance_id: env:SHARED");
    run(house.tree.path(), &["apply"]).exits(0);
    let taken = [("SHARED", "spoke-hill")];
    assert!(house.only_wrong(&taken, "numbers").contains("another tenant"));
    house.doctor(&["crumb"], &taken).exits(0);
    house.doctor(&["crumb"], &[]).exits(1);

    let empty = Tree::empty();
    let told = run(empty.path(), &["doctor", "--chatflow-api-url", &house.gateway_url]).exits(1);
    assert!(told.out.contains("nothing is published"), "{}", told.out);
    assert!(!empty.path().join("var").exists(), "looking makes nothing");
    let url = "postgres://keeper:hush@127.0.0.1:9/shop";
    let told = run(empty.path(), &["doctor", "--store", url]).exits(1);
    assert!(told.out.contains("store") && !told.out.contains("hush"), "{}", told.out);
}
