//! A real Postgres, started once for all tests of this program, each with a database of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use assay_template::secret::Secret;

/// Looks that are taken at whether it is up, a tenth of a second apart.
const LOOKS_MAX: u32 = 300;

/// Makes a database cluster in `$1`, runs it until nobody holds its standard input any more, and
/// removes it. Postgres refuses to run as root, so there it runs as its own user.
const SCRIPT: &str = r#"
    bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | tail -n 1)") || exit 1
    as=""
    if [ "$(id -u)" = 0 ]; then chown postgres "$1"; as="runuser -u postgres --"; fi
    cd "$1" || exit 1
    $as "$bin/initdb" --pgdata "$1/data" --auth trust --username assay --encoding UTF8 \
        --locale C >"$1.log" 2>&1 || exit 1
    $as "$bin/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c max_connections=400 \
        >>"$1.log" 2>&1 </dev/null &
    cat >/dev/null
    $as "$bin/pg_ctl" stop -D "$1/data" -m immediate >>"$1.log" 2>&1
    cd /
    rm -rf "$1" "$1.log"
"#;

struct Server {
    folder: PathBuf,
    _process: Child,
    // The server ends when this program does, in whatever way.
    _alive: ChildStdin,
}

fn server() -> &'static Path {
    static SERVER: OnceLock<Server> = OnceLock::new();
    &SERVER.get_or_init(start).folder
}

fn start() -> Server {
    let name = format!("assay-postgres-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut process = Command::new("sh")
        .args(["-c", SCRIPT, "sh"])
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    let alive = process.stdin.take().expect("its input");
    let up = (0..LOOKS_MAX).any(|_| {
        assert!(process.try_wait().expect("its state").is_none(), "{}", log(&folder));
        sql(&folder, "SELECT 1") || {
            // The server is another program: there is nothing to wait on but its answer.
            std::thread::park_timeout(std::time::Duration::from_millis(100));
            false
        }
    });
    assert!(up, "Postgres does not come up: {}", log(&folder));
    Server { folder, _process: process, _alive: alive }
}

fn log(folder: &Path) -> String {
    let log = std::fs::read_to_string(format!("{}.log", folder.display()));
    log.unwrap_or_else(|_| String::from("is Debian's postgresql installed?"))
}

fn sql(folder: &Path, sql: &str) -> bool {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", "--username", "assay", "--dbname", "postgres"]);
    psql.arg("--host").arg(folder).args(["--command", sql]);
    psql.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
}

/// A fresh database, as an address.
pub(crate) fn database() -> Secret<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let folder = server();
    let name = format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed));
    assert!(sql(folder, &format!("CREATE DATABASE {name}")), "no database");
    Secret::new(format!("host={} user=assay dbname={name}", folder.display()))
}

/// Runs statements in a database, as somebody else would.
pub(crate) fn run(address: &Secret<String>, sql: &str) {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", address.reveal()]);
    // Whatever the database allows others.
    psql.env("PGOPTIONS", "-c default_transaction_read_only=off");
    let output = psql.args(["--command", sql]).output().expect("psql");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
