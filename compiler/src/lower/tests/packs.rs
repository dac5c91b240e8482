use format::PolicyKind;
use serde_json::json;

use super::*;

#[test]
fn packs_are_merged_base_first_and_the_tenant_last() {
    let pack = release(WORKSHOP).pack;
    let policies: Vec<&str> = pack.policies.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(policies, ["refund", "stolen"]);
    assert_eq!(pack.policies[0].kind, PolicyKind::HardLaw);
    assert_eq!(pack.policies[0].examples.ru, ["верните деньги", "возврат"]);
    assert_eq!(pack.policies[0].says.as_ref().unwrap().kk.as_deref(), Some("Беремін"));
    assert_eq!(json(&pack.templates["greeting"]), json!({ "ru": "Спица на связи", "kk": "Сәлеметсіз бе" }));
    assert_eq!(
        json(&pack.intents),
        json!({ "price": {
            "examples": { "ru": ["сколько стоит", "почём {service}"], "kk": ["қанша тұрады"] },
            "not": { "ru": ["сколько вам лет"] },
            "terms": { "ru": ["цена"] },
        } })
    );
    assert_eq!(json(&pack.lexicon.slang), json!({ "велик": "велосипед", "velik": "велосипед" }));
    assert_eq!(pack.categories[0].label.kk.as_deref(), Some("Дөңгелектер"));
    let chain = &pack.playbooks[0];
    assert_eq!((chain.topic.as_str(), chain.triggers.ru.len()), ("chain", 2));
    assert_eq!(chain.lead.kk.as_deref(), Some("Айта аламын"));
    assert_eq!(chain.questions[0].ru, "Что скрипит: цепь или звёзды?");
}

#[test]
fn sources_name_the_last_pack_that_had_a_say() {
    let sources = release(WORKSHOP).sources;
    let of = |key: &str| sources[key].0.as_str();
    assert_eq!(of("template.greeting"), "SALON_TRUTH.yaml:5");
    assert_eq!(of("template.price"), "_packs/base.yaml:17");
    assert_eq!(of("policy.refund"), "_packs/repair.yaml:12");
    assert_eq!(of("policy.stolen"), "SALON_TRUTH.yaml:7");
    assert_eq!(of("playbook.chain"), "_packs/repair.yaml:15");
    assert_eq!(of("intent.price"), "_packs/base.yaml:3");
}

#[test]
fn a_tenant_without_a_domain_pack_has_the_base() {
    let bakery = with(BAKERY, &[("_packs/base.yaml", "templates:\n  greeting: {ru: Здравствуйте}\n")]);
    assert_eq!(release(&bakery).pack.templates["greeting"].ru, "Здравствуйте");
}

#[test]
fn packs_that_are_not_used_change_nothing() {
    let unused = with(WORKSHOP, &[("_packs/beauty.yaml", "templates:\n  greeting: {ru: Привет}\n")]);
    assert_eq!(release(&unused), release(WORKSHOP));
}
