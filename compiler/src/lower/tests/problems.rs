use super::*;

fn of_truth(text: &str) -> Vec<String> {
    problems(&with(BAKERY, &[("SALON_TRUTH.yaml", text)]))
}

#[test]
fn a_literal_secret_is_found_and_not_told() {
    let client = "slug: bakery\nname: Колос\nsecrets: {webhook_secret: hunter2hunter2, telegram_bot_token: \"env:\"}\n";
    let found = problems(&with(BAKERY, &[("client.yaml", client)]));
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|it| it.starts_with("client.yaml:/secrets/") && it.contains(super::super::SECRET_LITERAL))
    );
    assert!(found.iter().all(|it| !it.contains("hunter2")), "{found:?}");
}

#[test]
fn plans_companies_and_packs_are_looked_up() {
    let client = "slug: bakery\nname: Колос\nplan: startr\ncompany: grain_ip\n";
    let companies = "companies: [{slug: corn_ip, name: Зерно}]\n";
    let found = problems(&with(BAKERY, &[("client.yaml", client), ("companies.yaml", companies)]));
    assert_eq!(
        found,
        [
            "client.yaml:/company company-unknown there is no company `grain_ip` | there are `corn_ip`",
            "client.yaml:/plan plan-unknown there is no plan `startr` | did you mean `starter`?",
        ]
    );
    let found = problems(&with(
        BAKERY,
        &[("SALON_TRUTH.yaml", "domain_pack: {extends: [bakry]}\n"), ("_packs/bakery.yaml", "extends: []\n")],
    ));
    assert_eq!(
        found,
        [
            "SALON_TRUTH.yaml:/domain_pack/extends/0 pack-unknown there is no pack `bakry` | did you mean `bakery`?"
        ]
    );
    let found = problems(&with(
        BAKERY,
        &[
            ("SALON_TRUTH.yaml", "domain_pack: {extends: [one]}\n"),
            ("_packs/one.yaml", "extends: [two]\n"),
            ("_packs/two.yaml", "extends: [one]\n"),
        ],
    ));
    assert_eq!(
        found,
        [
            "_packs/two.yaml:/extends/0 pack-cycle packs extend each other in a ring | remove this name from `extends`"
        ]
    );
}

#[test]
fn prices_are_exact_or_a_range() {
    let found = of_truth(
        "client_pack:\n  price_list:\n    - category: Хлеб\n      items:\n        - {name: A}\n        - {name: B, price: 1, price_from: 1}\n        - {name: C, price_to: 2}\n        - {name: D, price_from: 3, price_to: 2}\n",
    );
    let codes: Vec<&str> = found.iter().map(|it| it.split(' ').nth(1).unwrap()).collect();
    assert_eq!(codes, ["price-missing", "price-conflict", "price-conflict", "price-conflict"]);
    assert!(found[0].starts_with("SALON_TRUTH.yaml:/client_pack/price_list/0/items/0 "), "{found:?}");
}

#[test]
fn services_name_prices_that_exist() {
    let found = of_truth(
        "\
price_list:
  - {category: Хлеб, items: [{name: Ржаной хлеб, price: 300}]}
client_pack:
  services_catalog:
    services:
      - {name: Хлеб, price_items: [Ржаной  ХЛЕБ, Ржаной хлб]}
      - {name: Булка, quick_price_key: bun}
  price_quick_answers: {buns: Булки от 90 ₸}
",
    );
    assert_eq!(
        found,
        [
            "SALON_TRUTH.yaml:/client_pack/services_catalog/services/0/price_items/1 price-item-unknown \
             service «Хлеб» names «Ржаной хлб», which is not in price_list | did you mean `Ржаной хлеб`?",
            "SALON_TRUTH.yaml:/client_pack/services_catalog/services/1/quick_price_key quick-price-unknown \
             service «Булка» names `bun`, which has no text in price_quick_answers | did you mean `buns`?",
        ]
    );
}

#[test]
fn the_price_list_of_a_branch_serves_the_shared_catalog() {
    let branches = "\
branches:
  - slug: north
    name: Север
    facts:
      price_list: [{category: Хлеб, items: [{name: Батон, price: 200}]}]
";
    let truth = "\
client_pack:
  price_list: [{category: Хлеб, items: [{name: Батон, price: 250}, {name: Торт, price: 9000}]}]
  services_catalog: {services: [{name: Торты, price_items: [Торт]}]}
";
    let found = problems(&with(BAKERY, &[("SALON_TRUTH.yaml", truth), ("branches.yaml", branches)]));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with(
            "branches.yaml:/branches/0/facts/price_list price-item-unknown \
             the price list of branch `north` has no «Торт», which service «Торты» names"
        ),
        "{found:?}"
    );
}

#[test]
fn facts_that_stand_twice_must_agree() {
    let found = of_truth("salon: {name: Колос}\nclient_pack:\n  salon: {name: Колосок}\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("SALON_TRUTH.yaml:/salon fact-conflict `salon` stands here"), "{found:?}");
}

#[test]
fn hours_have_both_ends() {
    let found = of_truth("client_pack: {salon: {hours: {open: \"9:00\"}}}\n");
    assert_eq!(
        found,
        [
            "SALON_TRUTH.yaml:/client_pack/salon/hours/open hours-incomplete the hours have `open` and no `close` | add `close: \"H:MM\"`"
        ]
    );
}

#[test]
fn a_folder_of_documents_is_a_branch() {
    let found = problems(&with(
        BAKERY,
        &[
            ("knowledge/nort/bread.md", "# Хлеб\n\nТекст.\n"),
            ("branches.yaml", "branches: [{slug: north, name: Север}]\n"),
        ],
    ));
    assert_eq!(
        found,
        [
            "knowledge/nort/bread.md: knowledge-branch-unknown the folder `nort` is named after no branch | did you mean `north`?"
        ]
    );
}

#[test]
fn an_item_of_a_pack_is_complete_once_merged() {
    let found = of_truth(
        "domain_pack:\n  policies: [{id: legal}]\n  templates: {hours: {kk: Ашық}}\n  consult_playbooks: [{id: chain}]\n  service_taxonomy: {categories: [{id: bread}]}\n",
    );
    let told: Vec<&str> = found.iter().map(|it| it.split(" | ").next().unwrap()).collect();
    assert_eq!(
        told,
        [
            "SALON_TRUTH.yaml:/domain_pack/consult_playbooks/0 pack-incomplete playbook `chain` has no `lead`, here or in a pack below",
            "SALON_TRUTH.yaml:/domain_pack/policies/0 pack-incomplete policy `legal` has no `kind`, here or in a pack below",
            "SALON_TRUTH.yaml:/domain_pack/service_taxonomy/categories/0 pack-incomplete category `bread` has no `label_ru`, here or in a pack below",
            "SALON_TRUTH.yaml:/domain_pack/templates/hours pack-incomplete template `hours` has no `ru`, here or in a pack below",
        ]
    );
}

#[test]
fn every_problem_is_told_once() {
    let branches = "branches:\n  - {slug: a1, name: A, facts: {pricing: {price_from_reason: x}}}\n  - {slug: b1, name: B, facts: {pricing: {price_from_reason: y}}}\n";
    let truth = "client_pack: {price_list: [{category: Хлеб, items: [{name: A}]}]}\n";
    assert_eq!(problems(&with(BAKERY, &[("SALON_TRUTH.yaml", truth), ("branches.yaml", branches)])).len(), 1);
}

#[test]
fn branches_with_facts_of_their_own_have_tags_of_their_own() {
    let branches = |facts: &str| {
        format!(
            "branches:\n  - {{slug: north, name: Север, knowledge_tag: all}}\n  \
             - {{slug: south, name: Юг, knowledge_tag: all, facts: {{{facts}}}}}\n"
        )
    };
    let (alike, other) = (branches(""), branches("pricing: {price_from_reason: x}"));
    assert_eq!(problems(&with(BAKERY, &[("branches.yaml", &alike)])), Vec::<String>::new());
    let found = problems(&with(BAKERY, &[("branches.yaml", &other)]));
    assert_eq!(
        found,
        [
            "branches.yaml:/branches/0/knowledge_tag knowledge-tag-shared the tag `all` is shared with south, \
             but the facts are not | write `knowledge_tag: north`, or leave it out",
            "branches.yaml:/branches/1/knowledge_tag knowledge-tag-shared the tag `all` is shared with north, \
             but the facts are not | write `knowledge_tag: south`, or leave it out",
        ]
    );
}
