//! What we sign, checked by the public library `standardwebhooks` from PyPI.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assay_template::secret::Secret;
use jiff::Timestamp;

use super::server::{Server, answer};
use super::{KEY, deliverer, settings};
use crate::deliverer::Attempt;
use crate::message::tests::verdict;
use crate::message::{Encoded, Form};
use crate::target::{Target, TargetSettings};

const PACKAGE: &str = "standardwebhooks==1.1.0";
const NEW_KEY: &str = "whsec_bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleQ==";
const PAIR: &str = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";

/// Reads a request and tells whether the library believes it; the first argument is the secret.
const SCRIPT: &str = "
import sys, standardwebhooks
head, body = sys.stdin.buffer.read().split(b'\\r\\n\\r\\n', 1)
lines = [line.split(': ', 1) for line in head.decode().split('\\r\\n')[1:]]
try:
    print(standardwebhooks.Webhook(sys.argv[1]).verify(body, dict(lines))['type'])
except standardwebhooks.WebhookVerificationError as error:
    print(error)
";

/// A Python that has the library, in a folder beside the test program, made when it is not there yet.
fn python() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap().join("standardwebhooks-1.1.0");
    let python = folder.join("bin/python");
    let has_it = |python: &Path| {
        let output = Command::new(python).args(["-c", "import standardwebhooks"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !has_it(&python) {
        drop(Command::new("python3").args(["-m", "venv"]).arg(&folder).output());
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
        drop(Command::new(&python).args(pip).output());
    }
    assert!(
        has_it(&python),
        "this test needs Python 3 with venv, and the network or a cache that has the package \
         {PACKAGE} from PyPI: python3 -m venv {folder:?} && {python:?} -m pip install {PACKAGE}"
    );
    python
}

fn check(python: &Path, request: &str, key: &str, expected: &str) {
    let mut process = Command::new(python)
        .args(["-c", SCRIPT, key])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), expected);
}

/// The request of one attempt at the verdict, as it came.
async fn request(at: Timestamp) -> String {
    let server = Server::start(vec![answer("200 OK", "", "")]).await;
    let keys = [NEW_KEY, PAIR, KEY].map(|key| Secret::new(key.to_owned())).to_vec();
    let target = Target::new(&TargetSettings { keys, ..settings(&server.url("/")) }).unwrap();
    let Encoded { id, body } = verdict().encode(&Form::Plain).unwrap();
    deliverer().deliver(&target, Attempt { id: &id, body: &body, number: 1, at }).await;
    server.seen().remove(0)
}

#[tokio::test]
async fn a_public_library_believes_what_we_sign() {
    let python = python();
    #[expect(clippy::disallowed_methods, reason = "the library reads the clock of the machine")]
    let now = Timestamp::now();
    let sent = request(now).await;
    check(&python, &sent, KEY, "assay.verdict");
    check(&python, &sent, NEW_KEY, "assay.verdict"); // while one takes over from the other
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    check(&python, &sent, other, "No matching signature found");
    let forged = sent.replace("\"abort\"", "\"promote\"");
    check(&python, &forged, KEY, "No matching signature found");
    let old = request(now - jiff::SignedDuration::from_secs(301)).await;
    check(&python, &old, KEY, "Message timestamp too old");
}
