//! A workshop with a group in the pretended Telegram, and its people.

use std::time::Duration;

use format::{Agent, Branch, Reference, Release, Role, Settings, Text};
use playground::telegram::{Message, Options, Standing, Telegram, Topic, Where};
use runtime::StateStore;
use server::Config;
use uuid::Uuid;

use crate::house::{House, JID, Site, message, until};
use crate::shop::shop;

pub(crate) const GROUP: i64 = -1_001_234_567_890;
pub(crate) const BOT: i64 = 4242;
pub(crate) const TOKEN: &str = "4242:AAwheel";
/// The owner, a manager by numeric id, and somebody the bundle does not know.
pub(crate) const OWNER: i64 = 101;
pub(crate) const MANAGER: i64 = 102;
pub(crate) const STRANGER: i64 = 103;
pub(crate) const UNKNOWN: &str = "какой у вас ИИН для договора поставки?";
const PATIENCE: Duration = Duration::from_secs(20);

/// The house, and the Telegram its people sit in.
pub(crate) struct Office {
    pub(crate) house: House,
    pub(crate) telegram: Telegram,
    /// Where its Bot API is.
    pub(crate) api_url: String,
    _open: Box<dyn std::any::Any + Send>,
}

/// The owner's own number.
pub(crate) const PHONE: &str = "77009990000";

/// The workshop's release with a group and people.
pub(crate) fn release(settings: impl FnOnce(&mut Settings)) -> Release {
    let mut release = shop("wheel");
    let token = Reference::Env("WHEEL_TELEGRAM_TOKEN".to_owned());
    release.client.secrets.insert("telegram_bot_token".to_owned(), token);
    release.client.instance_id = Some(Reference::Literal("wheel-1".to_owned()));
    release.client.settings.telegram_chat_id = Some(GROUP.to_string());
    release.client.settings.quiet_hours = None;
    release.client.settings.owner_telegram_id = vec!["@boss".to_owned()];
    let agent = |name: &str, role, telegram: &str| Agent {
        name: name.to_owned(),
        role,
        telegram: Some(telegram.to_owned()),
        phone: (role == Role::Owner).then(|| PHONE.to_owned()),
        branch: None,
    };
    release.agents =
        vec![agent("Мира", Role::Owner, "@boss"), agent("Ия", Role::Manager, &MANAGER.to_string())];
    settings(&mut release.client.settings);
    release
}

/// A branch with a number of its own; the north trusts its managers.
pub(crate) fn branch(slug: &str) -> Branch {
    Branch {
        slug: slug.to_owned(),
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, slug.as_bytes()),
        name: Text::plain(slug),
        aliases: Vec::new(),
        instance_id: Some(Reference::Env(format!("NUMBER_{slug}"))),
        phone: None,
        telegram_chat_id: None,
        knowledge_tag: slug.to_owned(),
        is_active: true,
        auto_approve_roles: (slug == "north").then(|| vec!["manager".to_owned()]),
    }
}

impl Office {
    /// With two branches, the north and the south, whose numbers are `number-north` and `number-south`.
    pub(crate) async fn of_branches(mut release: Release) -> Self {
        release.branches = vec![branch("north"), branch("south")];
        let numbers = |site: &Site| {
            for slug in ["north", "south"] {
                site.env.set(&format!("NUMBER_{slug}"), &format!("number-{slug}"));
            }
        };
        Self::serving(&release, numbers).await
    }

    /// Everything at work, and updates fetched.
    pub(crate) async fn open() -> Self {
        Self::of(|_| {}, |_| {}).await
    }

    /// Settings of the tenant and of the process are the test's.
    pub(crate) async fn of(
        settings: impl FnOnce(&mut Settings),
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        Self::with(&release(settings), |_| {}, configure).await
    }

    /// With a release of the test's; `prepare` comes before the start.
    pub(crate) async fn serving(release: &Release, prepare: impl FnOnce(&Site)) -> Self {
        Self::with(release, prepare, |_| {}).await
    }

    async fn with(
        release: &Release,
        prepare: impl FnOnce(&Site),
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        Self::within(Options::default(), release, prepare, configure).await
    }

    /// In another Telegram than the usual one.
    pub(crate) async fn within(
        options: Options,
        release: &Release,
        prepare: impl FnOnce(&Site),
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let telegram = Telegram::new(options);
        telegram.add_bot(TOKEN, "wheel_bot");
        telegram.add_forum(GROUP, "Мастерская");
        for (id, name, username) in
            [(OWNER, "Мира", Some("boss")), (MANAGER, "Ия", None), (STRANGER, "Кто-то", Some("who"))]
        {
            telegram.add_person(id, name, username);
        }
        let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
        telegram.set_standing(GROUP, BOT, rights, OWNER).unwrap();
        let served = telegram.serve().await.unwrap();
        let site = Site::new().await;
        site.env.set("WHEEL_TELEGRAM_TOKEN", TOKEN);
        prepare(&site);
        site.publish(release);
        let mut config = site.config();
        config.telegram_api_url = served.url();
        configure(&mut config);
        let api_url = config.telegram_api_url.clone();
        let house = site.try_start(config).await.unwrap();
        Self { house, telegram, api_url, _open: Box::new(served) }
    }

    /// The same after a stop and a start.
    pub(crate) async fn restarted(self) -> Self {
        self.restarted_after(|_| {}).await
    }

    /// As [`Self::restarted`]; this comes in between.
    pub(crate) async fn restarted_after(self, between: impl FnOnce(&Site)) -> Self {
        let Self { house, telegram, api_url, _open } = self;
        let site = house.stop().await;
        between(&site);
        let mut config = site.config();
        config.telegram_api_url.clone_from(&api_url);
        let house = site.try_start(config).await.unwrap();
        Self { house, telegram, api_url, _open }
    }

    /// What the pretended Telegram shows at last.
    pub(crate) async fn sees<T>(&self, what: &str, look: impl Fn(&Telegram) -> Option<T>) -> T {
        let found = self.telegram.wait(PATIENCE, |it| look(it)).await;
        found.unwrap_or_else(|| {
            panic!("{what}: {:?} {:?}", self.telegram.topics(GROUP), self.telegram.messages(GROUP))
        })
    }

    /// A customer asks until people are asked; the card.
    pub(crate) async fn asked(&self) -> Message {
        self.asked_by(JID, "A").await
    }

    /// As [`Self::asked`], by this customer.
    pub(crate) async fn asked_by(&self, jid: &str, id: &str) -> Message {
        for nth in 1..=3 {
            self.writes(jid, &format!("{id}-{nth}"), UNKNOWN).await;
            self.house.settled().await;
            if self.house.site.state.handovers(Some("wheel")).unwrap().iter().any(|it| it.jid == jid) {
                break;
            }
        }
        let id = self.handover(jid);
        self.sees("a card", |it| it.messages(GROUP).into_iter().find(|it| carries(it, &id))).await
    }

    /// The customer's open request.
    pub(crate) fn handover(&self, jid: &str) -> String {
        let open = self.house.site.state.handovers(Some("wheel")).unwrap();
        open.into_iter().find(|it| it.jid == jid).expect("people are asked").id
    }

    /// The customer writes.
    pub(crate) async fn writes(&self, jid: &str, id: &str, text: &str) {
        let mut payload = message(id, text);
        payload["metadata"]["remoteJid"] = jid.into();
        assert_eq!(self.house.deliver("wheel", &payload).await.0, 200);
    }

    pub(crate) fn cards(&self) -> Vec<Message> {
        let all = self.telegram.messages(GROUP).into_iter();
        all.filter(|it| it.from == BOT && it.source.contains("<b>Клиент:</b>\n<blockquote>")).collect()
    }

    /// How often a method was called.
    pub(crate) fn calls(&self, method: &str) -> usize {
        self.telegram.calls().into_iter().filter(|it| it.method.eq_ignore_ascii_case(method)).count()
    }

    /// The one topic that is not deleted.
    pub(crate) fn topic(&self) -> Topic {
        let topics = self.telegram.topics(GROUP).into_iter().filter(|it| !it.deleted);
        let topics: Vec<Topic> = topics.collect();
        assert_eq!(topics.len(), 1, "{topics:?}");
        topics.into_iter().next().unwrap()
    }

    /// Somebody presses a button of a message, as soon as it is there; what is answered.
    pub(crate) async fn press(&self, card: &Message, who: i64, button: &str) -> String {
        let press = |it: &Telegram| it.press(Where::Group(GROUP), card.message_id, who, button).ok();
        let query = self.sees("a button", press).await;
        self.answer(&query).await
    }

    /// What is answered to a pressed button.
    pub(crate) async fn answer(&self, query: &str) -> String {
        let answer = |it: &Telegram| {
            let pressed = it.pressed().into_iter().find(|it| it.id == query)?;
            pressed.answer.map(|it| it.text)
        };
        self.sees("an answer to the button", answer).await
    }

    /// Somebody writes into the topic; the message.
    pub(crate) fn says(&self, who: i64, text: &str) -> i32 {
        self.telegram.write(GROUP, self.topic().thread_id, who, text).unwrap()
    }

    /// What the bot has written into the topic, as shown.
    pub(crate) fn told(&self) -> Vec<String> {
        let thread_id = self.topic().thread_id;
        let all = self.telegram.in_topic(GROUP, thread_id).into_iter();
        all.filter(|it| it.from == BOT).map(|it| it.text).collect()
    }

    /// Waits until the customer has been sent this.
    pub(crate) async fn reaches(&self, text: &str) {
        until("the gateway is called", || self.house.sent().contains(&text.to_owned()).then_some(())).await;
    }

    /// The state of the customer's conversation.
    pub(crate) fn state(&self) -> String {
        let file = self.house.site.dir.path().join(runtime::SqliteState::FILE);
        let file = rusqlite::Connection::open(file).unwrap();
        file.query_row("SELECT state FROM conversations WHERE jid = ?1", [JID], |row| row.get(0)).unwrap()
    }
}

/// Whether a message has buttons of this request.
fn carries(message: &Message, id: &str) -> bool {
    let bare = id.replace('-', "");
    message.buttons.iter().flatten().any(|it| it.data.contains(id) || it.data.contains(&bare))
}

/// What the buttons of a message say, row by row.
pub(crate) fn buttons(message: &Message) -> Vec<Vec<String>> {
    message.buttons.iter().map(|row| row.iter().map(|it| it.text.clone()).collect()).collect()
}
