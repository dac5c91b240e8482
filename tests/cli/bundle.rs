//! Small invented tenants of several trades.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder with a `tenants` tree in it.
pub(crate) struct Tree {
    folder: TempDir,
}

impl Tree {
    /// A tree without tenants.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tenants")).unwrap();
        Self { folder }
    }

    /// A bicycle workshop and a bakery.
    pub(crate) fn of_two() -> Self {
        let tree = Self::empty();
        tree.bundle("spoke", WORKSHOP);
        tree.bundle("crumb", BAKERY);
        tree
    }

    /// Where the binary runs.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of a tenant.
    pub(crate) fn file(&self, slug: &str, name: &str) -> PathBuf {
        self.path().join("tenants").join(slug).join(name)
    }

    /// Writes a file of a tenant.
    pub(crate) fn write(&self, slug: &str, name: &str, text: &str) {
        let file = self.file(slug, name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Replaces a text that stands once in a file of a tenant.
    #[track_caller]
    pub(crate) fn edit(&self, slug: &str, name: &str, old: &str, new: &str) {
        let file = self.file(slug, name);
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {text}");
        fs::write(file, text.replace(old, new)).unwrap();
    }

    fn bundle(&self, slug: &str, files: &[(&str, &str)]) {
        for (name, text) in files {
            self.write(slug, name, text);
        }
    }
}

const WORKSHOP: &[(&str, &str)] = &[
    (
        "client.yaml",
        "\
slug: spoke
name: Веломастерская «Спица»
languages: [ru]
timezone: Asia/Almaty
secrets:
  webhook_secret: env:SPOKE_SECRET
",
    ),
    (
        "branches.yaml",
        "\
branches:
  - slug: river
    name: у реки
    instance_id: spoke-river
  - slug: hill
    name: на горе
    instance_id: spoke-hill
",
    ),
    (
        "prompt.yaml",
        "\
prompts:
  - name: system
    text: |
      Ты отвечаешь за {{client.name}}.
      Пиши коротко.
",
    ),
    (
        "SALON_TRUTH.yaml",
        "\
client_pack:
  salon:
    address:
      full: Набережная, 7
    hours:
      days: ежедневно
      open: \"10:00\"
      close: \"19:00\"
  services_catalog:
    services:
      - name: Замена цепи
        aliases: [цепь, замена цепи]
        price_items: [Замена цепи]
      - name: Правка колеса
        aliases: [колесо, восьмёрка]
        price_items: [Правка колеса]
  price_list:
    - category: Ремонт
      items:
        - {name: Замена цепи, price: 4500}
        - {name: Правка колеса, price_from: 3000}
",
    ),
    (
        "knowledge/storage.md",
        "# Хранение\n\nЗимой велосипеды хранятся в тёплом подвале до первого апреля.\n\n## Шины\n\nПеред хранением шины накачивают.\n",
    ),
    ("knowledge/hill/lift.md", "# Подъёмник\n\nНа горе велосипед поднимает канатная дорога.\n"),
    (
        "EVAL.yaml",
        "\
eval_cases:
  - id: chain
    user: Сколько стоит замена цепи?
    expected: {action: reply, must_include: [\"4 500\"]}
  - id: two-turns
    turns:
      - Здравствуйте
      - {user: Где вы находитесь?, expected: {must_include: [Набережная]}}
  - id: slow
    tier: long
    messages: [А, сколько стоит, правка колеса?]
    expected: {must_include: [\"3 000\"]}
",
    ),
];

const BAKERY: &[(&str, &str)] = &[
    (
        "client.yaml",
        "\
slug: crumb
name: Пекарня «Крошка»
languages: [ru, kk]
timezone: Asia/Almaty
instance_id: crumb-1
secrets:
  webhook_secret: env:CRUMB_SECRET
",
    ),
    ("branches.yaml", "branches:\n  - slug: main\n    name: главная\n"),
    ("prompt.yaml", "prompts:\n  - name: system\n    text: Ты отвечаешь за {{client.name}}.\n"),
    (
        "SALON_TRUTH.yaml",
        "\
client_pack:
  salon:
    address: {full: \"Хлебная, 1\"}
  services_catalog:
    services:
      - {name: Торт на заказ, aliases: [торт], price_items: [Торт на заказ]}
  price_list:
    - category: Торты
      items: [{name: Торт на заказ, price_from: 9000}]
",
    ),
];
