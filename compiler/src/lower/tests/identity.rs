use format::{decode, encode, release_id};

use super::*;

#[test]
fn the_same_files_give_the_same_bytes_in_any_order() {
    let bytes = encode(&release(WORKSHOP));
    let mut reversed = WORKSHOP.to_vec();
    reversed.reverse();
    assert_eq!(bytes, encode(&release(&reversed)));
    assert_eq!(release_id(&bytes), release_id(&encode(&release(WORKSHOP))));
    assert_eq!(decode(&bytes).unwrap(), release(WORKSHOP));
}

#[test]
fn plan_and_company_stand_beside_the_release() {
    let companies =
        "companies:\n  - {slug: wheels_ip, name: ИП Колесо, agents: [{name: Яна, role: owner}]}\n";
    let client = "slug: bakery\nname: Колос\ncompany: wheels_ip\n";
    let plans = |price: &str| format!("plans:\n  - {{slug: starter, price_kzt: {price}, documents: 5}}\n");
    let (cheap, dear) = (plans("100"), plans("900"));
    let lower = |plans: &str| {
        let files =
            with(BAKERY, &[("client.yaml", client), ("companies.yaml", companies), ("plans.yaml", plans)]);
        super::lower(&files).unwrap()
    };
    let (cheap, dear) = (lower(&cheap), lower(&dear));
    assert_eq!(cheap.release, dear.release);
    assert_eq!((cheap.standing.plan.price_kzt, dear.standing.plan.price_kzt), (100, 900));
    assert_eq!((cheap.standing.plan.documents, cheap.standing.plan.messages_per_month), (Some(5), None));
    let company = cheap.standing.company.unwrap();
    assert_eq!((company.name.as_str(), company.agents[0].name.as_str()), ("ИП Колесо", "Яна"));
    assert!(cheap.release.agents.is_empty());
}

#[test]
fn without_plans_the_seed_holds() {
    let plan = lower(BAKERY).unwrap().standing.plan;
    assert_eq!(
        (plan.slug.as_str(), plan.price_kzt, plan.messages_per_month),
        ("starter", 50_000, Some(1_000))
    );
    assert_eq!((plan.documents, plan.whatsapp_numbers, plan.dashboard), (Some(50), Some(1), false));
}

#[test]
fn ids_come_from_slugs_unless_given() {
    let given = "slug: bakery\nname: Колос\nid: 00000000-0000-4000-8000-000000000001\n";
    let release = release(&with(BAKERY, &[("client.yaml", given)]));
    assert_eq!(release.client.id.to_string(), "00000000-0000-4000-8000-000000000001");
    let id = super::release(BAKERY).client.id;
    assert_eq!(id, super::release(BAKERY).client.id);
    assert_ne!(id, super::release(WORKSHOP).client.id);
}

#[test]
fn another_line_is_another_release_and_no_other_passage() {
    let moved = "# A remark.\nclient_pack:\n  price_list:\n    - category: Хлеб\n      items:\n        - {name: Батон, price: 250}\n";
    let (before, after) = (release(BAKERY), release(&with(BAKERY, &[("SALON_TRUTH.yaml", moved)])));
    assert_ne!(release_id(&encode(&before)), release_id(&encode(&after)), "sources name lines");
    assert_eq!(before.passages[0].digest, after.passages[0].digest, "nothing is embedded again");
}
