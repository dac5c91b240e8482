use std::collections::BTreeSet;

use format::{BranchMode, Price, Status};

mod rich;

use super::{Action, Current, DangerKind, Desired, Plan, Published, Tint, human, markdown, plan};
use crate::samples::{Sample, passage, workshop};

const ENCODER: &str = "test-1";

fn live(sample: &Sample, rolled_back: bool) -> Published {
    let current = Current {
        release_id: sample.release_id.clone(),
        release: Some(sample.release.clone()),
        standing: sample.standing.clone(),
        rolled_back,
    };
    let vectors = sample.release.passages.iter().map(|it| it.digest.clone()).collect();
    Published { tenants: [(sample.release.client.slug.clone(), current)].into(), vectors }
}

fn planned(published: &Published, desired: &[&Sample]) -> Plan {
    let desired: Vec<Desired<'_>> = desired.iter().map(|it| it.desired()).collect();
    plan(published, &desired, &[], &[], ENCODER)
}

fn shown(plan: &Plan) -> String {
    let mut out = Vec::new();
    human(plan, Tint::plain(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn nothing_published_is_a_create_that_embeds_everything() {
    let sample = Sample::of(workshop());
    let plan = planned(&Published::default(), &[&sample]);
    let tenant = &plan.tenants[0];
    assert_eq!((tenant.action, &tenant.base), (Action::Create, &None));
    assert_eq!((tenant.passages.embed.len(), tenant.passages.reused), (2, 0));
    assert!(tenant.facts.is_empty(), "a new tenant has no old facts to compare with");
    assert!(plan.has_changes());
}

#[test]
fn the_same_tree_is_one_line_a_tenant() {
    let sample = Sample::of(workshop());
    let plan = planned(&live(&sample, false), &[&sample]);
    assert!(!plan.has_changes());
    let text = shown(&plan);
    let expected = format!("workshop   unchanged, release {} is live", sample.release_id);
    assert_eq!(text.lines().next(), Some(expected.as_str()));
    assert_eq!(text.lines().filter(|it| it.contains("workshop")).count(), 1, "{text}");
    assert!(plan.tenants[0].payload.is_none(), "nothing is carried for what is not published");
}

#[test]
fn a_new_price_is_told_with_its_line() {
    let old = Sample::of(workshop());
    let new = Sample::with(|it| it.facts.offers[1].price = Price::From(14_000));
    let plan = planned(&live(&old, false), &[&new]);
    let [change] = plan.tenants[0].facts.as_slice() else { panic!("one change: {plan:?}") };
    assert_eq!(change.key, "price_list.Repairs.Tune-up");
    assert_eq!(change.old.as_deref(), Some("from 12 500 ₸"));
    assert_eq!(change.new.as_deref(), Some("from 14 000 ₸"));
    assert_eq!(change.source.as_deref(), Some("SALON_TRUTH.yaml:13"));
    assert!(plan.tenants[0].dangers.is_empty());
    assert!(
        shown(&plan)
            .contains("~ price_list.Repairs.Tune-up   from 12 500 ₸ -> from 14 000 ₸   SALON_TRUTH.yaml:13")
    );
}

#[test]
fn a_fact_of_one_branch_is_told_as_its_own() {
    let old = Sample::of(workshop());
    let new = Sample::with(|it| {
        let mut facts = it.facts.clone();
        facts.offers[0].price = Price::Exact(4500);
        it.branch_facts.insert("south".to_owned(), facts);
    });
    let plan = planned(&live(&old, false), &[&new]);
    let keys: Vec<&str> = plan.tenants[0].facts.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["branches.south.price_list.Repairs.Brakes"]);
}

#[test]
fn what_packs_say_is_told_with_its_place() {
    let with = |text: &str| {
        let text = format::Text::plain(text);
        Sample::with(|it| {
            it.pack.templates.insert("hours".to_owned(), text);
            it.sources.insert("template.hours".to_owned(), format::Source("_packs/base.yaml:9".to_owned()));
        })
    };
    let plan = planned(&live(&with("Open {hours}"), false), &[&with("We are open {hours}")]);
    let [change] = plan.tenants[0].pack.as_slice() else { panic!("one change: {plan:?}") };
    assert_eq!(
        (change.key.as_str(), change.source.as_deref()),
        ("templates.hours.ru", Some("_packs/base.yaml:9"))
    );
}

#[test]
fn prompts_show_a_diff_and_their_parameters() {
    let old = Sample::of(workshop());
    let new = Sample::with(|it| {
        it.prompts[0].text = "You answer for a workshop.\nBe brief and kind.\n".to_owned();
        it.prompts[0].temperature = 0.1;
    });
    let plan = planned(&live(&old, false), &[&new]);
    let [change] = plan.tenants[0].prompts.as_slice() else { panic!("one prompt: {plan:?}") };
    assert!(
        change.diff.contains("-Be brief.\n") && change.diff.contains("+Be brief and kind.\n"),
        "{}",
        change.diff
    );
    assert_eq!(change.parameters[0].key, "temperature");
}

#[test]
fn only_new_passages_are_embedded_and_lost_ones_dropped() {
    let old = Sample::of(workshop());
    let new = Sample::with(|it| {
        it.passages[1] = passage("knowledge/faq.md", "Storage", "Bicycles sleep with us in winter.", 1);
    });
    let plan = planned(&live(&old, false), &[&new]);
    let found = &plan.tenants[0].passages;
    assert_eq!((found.embed.len(), found.drop.len(), found.reused), (1, 1, 1));
    assert_eq!(found.drop[0].section, "Storage");
}

#[test]
fn tenants_with_one_passage_in_common_embed_it_once() {
    let first = Sample::of(workshop());
    let second = Sample::second();
    let plan = planned(&Published::default(), &[&first, &second]);
    let embeds: Vec<usize> = plan.tenants.iter().map(|it| it.passages.embed.len()).collect();
    assert_eq!(embeds, [2, 0]);
}

#[test]
fn dangers_come_last_and_say_what_happens() {
    let old = Sample::of(workshop());
    let new = Sample::with(|it| {
        it.client.status = Status::Suspended;
        it.client.settings.branch_resolution_mode = BranchMode::AskUser;
        it.branches[0].instance_id = None;
        it.branches.remove(1);
        it.facts.offers.remove(0);
        it.passages.clear();
    });
    let plan = planned(&live(&old, true), &[&new]);
    let kinds: Vec<DangerKind> = plan.tenants[0].dangers.iter().map(|it| it.kind).collect();
    use DangerKind::{Deletion, Forward, Instance, Routing, Status as Suspended};
    assert_eq!(kinds, [Suspended, Instance, Routing, Deletion, Deletion, Deletion, Forward]);
    let text = shown(&plan);
    let first = text.find("! workshop:").unwrap();
    let last_change = text.rfind("\n  ~").unwrap();
    assert!(first > last_change, "{text}");
    assert!(text.contains("1 fact is no longer told: price_list.Repairs.Brakes"), "{text}");
    assert!(text.contains("7 dangerous."), "{text}");
}

#[test]
fn a_rollback_holds_the_tenant_until_it_is_confirmed() {
    let old = Sample::of(workshop());
    let new = Sample::with(|it| it.facts.offers[0].price = Price::Exact(1));
    let mut plan = planned(&live(&old, true), &[&new]);
    assert_eq!(plan.hold_back(), ["workshop"]);
    assert!(!plan.has_changes());
    // What was rolled back to is no step forward.
    assert!(planned(&live(&old, true), &[&old]).hold_back().is_empty());
}

#[test]
fn absent_and_broken_tenants_are_left_alone() {
    let old = Sample::of(workshop());
    let orphan = planned(&live(&old, false), &[]);
    assert_eq!(orphan.tenants[0].action, Action::Orphan);
    let broken = plan(&live(&old, false), &[], &[], &["workshop".to_owned()], ENCODER);
    assert_eq!(broken.tenants[0].action, Action::Broken);
    assert!(!orphan.has_changes() && !broken.has_changes());
    assert!(shown(&broken).contains(&format!("release {} stays live", old.release_id)));
}

#[test]
fn another_tariff_is_an_update_of_the_same_release() {
    let old = Sample::of(workshop());
    let mut new = old.clone();
    new.standing.plan.messages_per_month = None;
    let plan = planned(&live(&old, false), &[&new]);
    let tenant = &plan.tenants[0];
    assert_eq!((tenant.action, tenant.base.as_deref()), (Action::Update, Some(new.release_id.as_str())));
    assert_eq!(tenant.standing[0].key, "plan.messages_per_month");
    assert!(tenant.passages.embed.is_empty() && tenant.facts.is_empty());
}

#[test]
fn an_unreadable_live_release_can_still_be_replaced() {
    let old = Sample::of(workshop());
    let new = Sample::with(|it| it.facts.offers[0].price = Price::Exact(1));
    let mut published = live(&old, false);
    published.tenants.get_mut("workshop").unwrap().release = None;
    published.vectors = BTreeSet::new();
    let plan = planned(&published, &[&new]);
    assert_eq!((plan.tenants[0].action, plan.tenants[0].base_unreadable), (Action::Update, true));
    assert!(shown(&plan).contains("cannot be listed"));
}

#[test]
fn a_saved_plan_comes_back_and_a_changed_one_is_refused() {
    let old = Sample::of(workshop());
    let new = Sample::with(|it| it.facts.offers[0].price = Price::Exact(1));
    let plan = planned(&live(&old, false), &[&new]);
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(Plan::read(json.as_bytes()).unwrap(), plan);
    let tampered = json.replace("Be brief.", "Be rude!!");
    assert_ne!(tampered, json);
    let refused = |json: &[u8]| Plan::read(json).unwrap_err().to_string();
    assert!(refused(tampered.as_bytes()).contains("differs from its id"));
    // Neither what it rests on nor what stands beside the release can be changed unnoticed.
    let base = plan.tenants[0].base.clone().unwrap();
    for (from, to) in
        [(base.as_str(), "0123456789abcdef"), (r#""messages_per_month":1000"#, r#""messages_per_month":9"#)]
    {
        let tampered = json.replace(from, to);
        assert_ne!(tampered, json);
        assert!(refused(tampered.as_bytes()).contains("changed after it was saved"), "{from}");
    }
    let other = json.replacen(&format!(r#""build":"{}""#, super::BUILD), r#""build":"9.9.9""#, 1);
    assert!(refused(other.as_bytes()).contains("made by tenantry 9.9.9"), "{}", refused(other.as_bytes()));
    assert!(refused(br#"{"format":1,"tenants":[]}"#).contains("plan format 1"));
    let shown_only = serde_json::to_vec(&plan.without_payloads()).unwrap();
    assert!(refused(&shown_only).contains("--out"));
    assert!(Plan::read(b"{}").is_err());
}

#[test]
fn only_restricts_a_plan_to_one_tenant() {
    let first = Sample::of(workshop());
    let second = Sample::second();
    let plan = planned(&Published::default(), &[&first, &second]);
    let only = plan.clone().only("workshop_two").unwrap();
    assert_eq!((only.tenants.len(), only.summary.create), (1, 1));
    assert!(plan.only("nobody").is_none());
}

#[test]
fn markdown_escapes_what_authors_write() {
    let old = Sample::of(workshop());
    let new = Sample::with(|it| {
        it.facts.offers[0].note = Some(format::Text::plain("<b>|</b>"));
        it.prompts[0].text = "```\nnew\n".to_owned();
    });
    let plan = planned(&live(&old, false), &[&new]);
    let mut out = Vec::new();
    markdown(&plan, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("&lt;b&gt;&#124;&lt;/b&gt;"), "{text}");
    assert!(text.contains("````diff"), "{text}");
}

/// A hundred tenants with a hundred changed facts each, among a thousand that stay.
#[test]
fn a_comment_fits_whatever_changes() {
    let mut published = Published::default();
    let mut desired = Vec::new();
    for nth in 0..1100 {
        let slug = format!("tenant_{nth:04}");
        let of = |price: u64| {
            let mut release = workshop();
            release.client.slug.clone_from(&slug);
            if nth < 100 {
                release.facts.offers = (0..100)
                    .map(|it| {
                        let mut offer = workshop().facts.offers[0].clone();
                        offer.name = format::Text::plain(format!("Service 𝛑 {it}"));
                        offer.price = Price::Exact(price + it);
                        offer
                    })
                    .collect();
            }
            Sample::of(release)
        };
        let (old, new) = (of(1000), if nth < 100 { of(2000) } else { of(1000) });
        published.tenants.extend(live(&old, false).tenants);
        desired.push(new);
    }
    let plan = planned(&published, &desired.iter().collect::<Vec<_>>());
    assert_eq!(plan.tenants.iter().map(|it| it.facts.len()).sum::<usize>(), 10_000);
    let text = commented(&plan);
    assert!(text.encode_utf16().count() < 65_536, "{}", text.encode_utf16().count());
    assert!(text.contains("did not fit here") && text.contains("1000 unchanged"), "{}", &text[..2000]);
    let human = shown(&plan);
    assert_eq!(human.lines().filter(|it| it.starts_with("1000 unchanged: tenant_0100")).count(), 1);
}

fn commented(plan: &Plan) -> String {
    let mut out = Vec::new();
    markdown(plan, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
