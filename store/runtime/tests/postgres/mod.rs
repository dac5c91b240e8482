//! A private PostgreSQL for tests: started from Debian's binaries in a folder of its own, never as
//! root, one for each test binary with one database for each test.
//!
//! Other test binaries include this file with `#[path]`; it needs nothing but `tempfile`.
//!
//! A small shell script has the server in its care. It reads from a pipe of ours, and when the pipe
//! closes, however this process ends, it stops the server and removes the folder.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Set where PostgreSQL must be there: its absence then fails the tests.
const REQUIRED: &str = "TENANTRY_REQUIRE_POSTGRES";
/// The user `nobody` and its group: the server refuses to be root.
const NOBODY: u32 = 65_534;
const USER: &str = "tenantry";
/// Nothing may show it.
const PASSWORD: &str = "canary-of-a-password";

static SERVER: OnceLock<Option<Server>> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// An empty database of one test.
pub(crate) struct Database {
    url: String,
    binaries: PathBuf,
}

/// A new database, or nothing where PostgreSQL is not installed: the test then has nothing to say.
pub(crate) fn database() -> Option<Database> {
    let server = SERVER.get_or_init(Server::start).as_ref()?;
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    server.database("postgres").sql(&format!("CREATE DATABASE {name} TEMPLATE template0"));
    Some(server.database(&name))
}

impl Database {
    /// Its address, with the password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs a statement beside the store; rows with columns joined by `|`, nothing as `-`.
    pub(crate) fn sql(&self, sql: &str) -> Vec<String> {
        let rows = ["-X", "-q", "-A", "-t", "-P", "null=-", "-v", "ON_ERROR_STOP=1", "-c", sql, &self.url];
        self.run("psql", &rows).lines().map(str::to_owned).collect()
    }

    /// Runs one of PostgreSQL's own programs; what it says.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        let out = Command::new(self.binaries.join(program)).args(arguments).output().unwrap();
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }
}

struct Server {
    binaries: PathBuf,
    port: u16,
    /// The server lives as long as this stays open.
    _care: ChildStdin,
}

/// Arguments: the folder, the binaries. Each line read is a port to try; the end of lines is the end.
const CARE: &str = r#"
trap '' INT HUP TERM
folder=$1 bin=$2 data=$1/data
cd "$folder"
finish() { cd /; rm -rf "$folder"; exit "$1"; }
"$bin/initdb" -D "$data" -U "$3" --pwfile="$folder/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 || { tail -5 "$folder/log"; finish 1; }
cat >"$folder/certificate" <<END
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = localhost
[extensions]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1
END
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -config "$folder/certificate" \
    -keyout "$data/server.key" -out "$data/server.crt" >"$folder/log" 2>&1 || { tail -5 "$folder/log"; finish 1; }
chmod 600 "$data/server.key"
cat >>"$data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 100
fsync = off
full_page_writes = off
ssl = on
END
while read -r port; do
    if "$bin/pg_ctl" -D "$data" -l "$folder/log" -w -o "-p $port" start >/dev/null 2>&1
    then echo ready
    else echo busy
    fi
done
"$bin/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1
finish 0
"#;

impl Server {
    fn start() -> Option<Self> {
        let Some(binaries) = binaries() else {
            assert!(
                std::env::var_os(REQUIRED).is_none(),
                "{REQUIRED} is set and PostgreSQL is not installed"
            );
            // Not a print macro: those are swallowed when a test passes.
            let word = "SKIPPED: PostgreSQL is not installed (apt-get install postgresql)";
            drop(writeln!(std::io::stderr(), "{word}"));
            return None;
        };
        let folder = tempfile::Builder::new().prefix("tenantry-postgres-").tempdir_in("/tmp").unwrap().keep();
        fs::write(folder.join("password"), PASSWORD).unwrap();
        let mut command = match is_root() {
            true => {
                chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
                let mut command = Command::new("setpriv");
                command.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}")]);
                command.args(["--clear-groups", "--", "sh"]);
                command
            }
            false => Command::new("sh"),
        };
        #[expect(clippy::zombie_processes, reason = "it outlives the tests and cleans up after them")]
        let mut care = command
            .args(["-c", CARE, "sh"])
            .args([&folder, &binaries])
            .arg(USER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut ports, mut said) =
            (care.stdin.take().unwrap(), BufReader::new(care.stdout.take().unwrap()).lines());
        // Somebody else may take a free port before the server does.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            drop(writeln!(ports, "{port}"));
            match said.next() {
                Some(Ok(word)) if word == "ready" => return Some(Self { binaries, port, _care: ports }),
                Some(Ok(word)) if word == "busy" => {}
                other => {
                    let rest: Vec<String> = said.map_while(Result::ok).collect();
                    panic!("PostgreSQL cannot be set up: {other:?} {rest:?}");
                }
            }
        }
        panic!("PostgreSQL does not start: see {}", folder.join("log").display());
    }

    fn database(&self, name: &str) -> Database {
        let url = format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{name}", self.port);
        Database { url, binaries: self.binaries.clone() }
    }
}

/// Where `initdb` and the others are.
fn binaries() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok();
    let told = told.map(|it| PathBuf::from(String::from_utf8_lossy(&it.stdout).trim()));
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|it| {
            Some((it.as_ref().ok()?.file_name().to_str()?.parse().ok()?, it.ok()?.path().join("bin")))
        })
        .collect();
    versions.sort();
    let newest_first = versions.into_iter().rev().map(|(_, folder)| folder);
    told.into_iter().chain(newest_first).find(|it: &PathBuf| has_server(it))
}

fn has_server(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres", "psql"].iter().all(|name| folder.join(name).is_file())
}

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8_lossy(&told.stdout).trim() == "0"
}
