//! The page of `dev` in a real browser: ask, change a price on disk, ask again, break the file; and the
//! loop through people.

#![expect(clippy::unwrap_used, reason = "tests")]

mod devtools;
mod people;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use devtools::Page;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A service of the example tenant with one exact price.
const SERVICE: &str = "name: Мужская стрижка,";
const QUESTION: &str = "Сколько стоит мужская стрижка?";

/// `tenantry dev` on a copy of the example tenants.
struct Dev {
    url: String,
    truth: PathBuf,
    process: Child,
    folder: TempDir,
}

impl Dev {
    fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// The same, with something changed in the tree before.
    fn start_with(change: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tenants");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants"), &tree);
        change(&tree);
        let mut process = Command::new(env!("CARGO_BIN_EXE_tenantry"))
            .args(["dev", "--listen", "127.0.0.1:0", "--no-open", "--data"])
            .arg(folder.path().join("var"))
            .arg(&tree)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines.find_map(|it| Some(it.unwrap().strip_prefix("listening on ")?.to_owned())).unwrap();
        // The pipe stays open to the end, or the next line would find nobody.
        std::thread::spawn(move || lines.count());
        Self { url, truth: tree.join("demo_salon/SALON_TRUTH.yaml"), process, folder }
    }

    /// The price in the file, digits only.
    fn price(&self) -> String {
        let truth = fs::read_to_string(&self.truth).unwrap();
        let line = truth.lines().find(|it| it.contains(SERVICE)).unwrap();
        line.rsplit("price:").next().unwrap().chars().filter(char::is_ascii_digit).collect()
    }

    /// Saves the file as editors do: written aside, then moved into place.
    fn save(&self, change: impl FnOnce(String) -> String) {
        let aside = self.truth.with_extension("yaml.new");
        fs::write(&aside, change(fs::read_to_string(&self.truth).unwrap())).unwrap();
        fs::rename(aside, &self.truth).unwrap();
    }

    /// Runs another verb on the store and the tree of this one; its output.
    fn tenantry(&self, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command.args(args).arg("--data").arg(self.folder.path().join("var/dev"));
        let out = command.current_dir(self.folder.path()).output().unwrap();
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success(), "{told}{}", String::from_utf8_lossy(&out.stderr));
        told
    }

    /// Ctrl-C.
    #[cfg(unix)]
    fn stop(&mut self) {
        let asked = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status().unwrap();
        assert!(asked.success());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // Already gone where the test went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

/// The page; nothing, and that is said, where no Chromium is installed.
fn opened(dev: &Dev) -> Option<Page> {
    let page = Page::open(&dev.url);
    if page.is_none() {
        // Written past the test harness, which would keep it to itself.
        let mut err = std::io::stderr();
        writeln!(err, "skipped: no Chromium is installed (Debian: apt-get install chromium)").unwrap();
    }
    page
}

/// Types the question, presses the button and returns the answer without any spaces.
fn ask(page: &mut Page, question: &str) -> String {
    let before = page.eval("document.querySelectorAll('.bubble--theirs').length");
    page.click("#text");
    page.type_text(question);
    page.click("#send");
    let answers = "[...document.querySelectorAll('.bubble--theirs .bubble__text')]";
    let answer = page.wait_for(&format!("{answers}.slice({before}).map((it) => it.textContent).join(' ')"));
    answer.as_str().unwrap().chars().filter(|it| !it.is_whitespace()).collect()
}

fn release(page: &mut Page) -> Value {
    page.eval("document.querySelector('#release').title")
}

#[test]
fn a_newcomer_asks_edits_and_breaks() {
    let mut dev = Dev::start();
    let Some(mut page) = opened(&dev) else { return };
    page.click("label:has(input[value=demo_salon])");
    page.wait_for("document.querySelector('#peer').textContent.includes('Мира')");

    let old = dev.price();
    let answer = ask(&mut page, QUESTION);
    assert!(answer.contains(&old), "{old} is not in {answer}");
    let facts = page.wait_for("document.querySelector('#why .facts')?.textContent");
    assert!(facts.as_str().unwrap().contains("SALON_TRUTH.yaml:"), "{facts}");

    let new = (old.parse::<u32>().unwrap() + 700).to_string();
    let first_release = release(&mut page);
    dev.save(|truth| truth.replace(&format!("price: {old}}}"), &format!("price: {new}}}")));
    assert_eq!(dev.price(), new);
    page.wait_for(&format!("document.querySelector('#release').title !== {first_release}"));
    let answer = ask(&mut page, QUESTION);
    assert!(answer.contains(&new) && !answer.contains(&old), "{new} is not in {answer}");

    let whole = fs::read_to_string(&dev.truth).unwrap();
    let good_release = release(&mut page);
    dev.save(|truth| format!("{truth}\nbroken: [\n"));
    // Advice may stand there already: the documents still tell the old price.
    page.wait_for("document.querySelector('#findings').innerText.includes('yaml-syntax')");
    let findings = page.eval("document.querySelector('#findings').innerText");
    assert!(findings.as_str().unwrap().contains("SALON_TRUTH.yaml:"), "{findings}");
    assert_eq!(release(&mut page), good_release);
    assert!(ask(&mut page, QUESTION).contains(&new));

    dev.save(|_| whole);
    page.wait_for("!document.querySelector('#findings').innerText.includes('yaml-syntax')");
    page.click("#fresh");
    page.wait_for("document.querySelectorAll('.bubble').length === 0");

    assert_eq!(json!(page.complaints()), json!([]));
    drop(page);
    #[cfg(unix)]
    dev.stop();
}
