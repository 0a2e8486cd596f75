//! A planted secret appears in no byte of any output, at any log level.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use assay_tests::binary::{Printed, assay, run};
use assay_tests::http::{Server, percent_encoded};

/// Long and odd, so that a hit is no accident and each way of writing it differs from the plain one.
const SECRET: &str = "s3cr3t/\"p\\ss\" wörd+%&";

/// Every way a text may carry [`SECRET`]: as it is, in base64, in JSON, in a URL, in a form, in HTML.
fn disguises() -> Vec<String> {
    let percent = percent_encoded(SECRET);
    vec![
        SECRET.to_owned(),
        // Halves, so that a cut or a mask of one part is found too.
        "s3cr3t".to_owned(),
        "wörd".to_owned(),
        // printf '%s' 's3cr3t/"p\ss" wörd+%&' | base64, and with `user:` in front
        "czNjcjN0LyJwXHNzIiB3w7ZyZCslJg".to_owned(),
        "dXNlcjpzM2NyM3QvInBcc3MiIHfDtnJkKyUm".to_owned(),
        serde_json::Value::from(SECRET).to_string().trim_matches('"').to_owned(),
        percent.clone(),
        percent.replace("%20", "+"),
    ]
}

/// Where a template can hold a secret, as the `provider` of a metric; `ADDRESS` is a real server.
const PLACES: &[(&str, &str)] = &[
    (
        "a header",
        "{web: {url: 'http://ADDRESS/echo', headers: [{key: X-Token, value: '{{args.token}}'}]}}",
    ),
    (
        "a bearer token",
        "{web: {url: 'http://ADDRESS/echo', authentication: {bearer: {token: '{{args.token}}'}}}}",
    ),
    ("a URL parameter", "{web: {url: 'http://ADDRESS/echo?key={{args.token}}'}}"),
    ("a body", "{web: {url: 'http://ADDRESS/echo', method: POST, body: '{{args.token}}'}}"),
    (
        "a JSON body",
        "{web: {url: 'http://ADDRESS/echo', method: POST, jsonBody: {key: '{{args.token}}'}}}",
    ),
    ("a path that fails", "{web: {url: 'http://ADDRESS/fail/{{args.token}}'}}"),
    ("a query", "{prometheus: {address: 'http://ADDRESS', query: 'up == {{args.token}}'}}"),
    (
        "a password",
        "{prometheus: {address: 'http://ADDRESS', query: up, authentication: {basicAuth: {username: user, password: '{{args.token}}'}}}}",
    ),
    (
        "an OAuth2 client",
        "{prometheus: {address: 'http://ADDRESS', query: up, authentication: {oauth2: {tokenUrl: 'http://ADDRESS/fail/token', clientId: id, clientSecret: '{{args.token}}'}}}}",
    ),
    ("an address", "{prometheus: {address: 'http://user:{{args.encoded}}@ADDRESS', query: up}}"),
    (
        "a health target",
        "{health: {targets: ['http://ADDRESS/fail?key={{args.token}}'], headers: [{key: X-Token, value: '{{args.token}}'}]}}",
    ),
    (
        "an expected body",
        "{health: {targets: ['http://ADDRESS/echo'], expect: {body: '{{args.token}}'}}}",
    ),
];

#[test]
fn a_planted_secret_is_in_no_output() {
    // The worst source: it answers with everything it was sent.
    let server = Server::echoing();
    for (place, provider) in PLACES {
        let provider = provider.replace("ADDRESS", &server.address().to_string());
        let folder = Folder::new(&provider, "");
        for arguments in commands() {
            let printed = run(assay(&arguments)
                .arg(folder.template())
                .arg("--secrets")
                .arg(folder.secrets())
                .args(["--log", "trace"]));
            search(place, &arguments, &printed);
        }
    }
}

/// The places that are secret by what they are, so that the secret may even stand in the template.
const SECRET_BY_PLACE: &[&str] = &["a header", "a bearer token", "a password", "an OAuth2 client"];

#[test]
fn a_secret_written_in_the_template_is_in_no_output() {
    let server = Server::echoing();
    for (place, provider) in PLACES.iter().filter(|(place, _)| SECRET_BY_PLACE.contains(place)) {
        let provider = provider.replace("ADDRESS", &server.address().to_string());
        let provider = provider.replace("{{args.token}}", SECRET);
        let folder = Folder::new(&provider, "");
        let live = ["run", "-o", "json", "--timeout", "10s", "--log", "trace"];
        let printed =
            run(assay(&live).arg(folder.template()).arg("--secrets").arg(folder.secrets()));
        search(place, &live, &printed);
        // A problem beside the secret is shown with its lines, but not with the secret.
        let folder = Folder::new(&provider, "      intervall: 1m\n");
        let printed = run(assay(&["check"]).arg(folder.template()));
        assert!(printed.stdout.contains("intervall"), "{printed:?}");
        let silent = Printed { code: 0, ..printed };
        search(place, &["check"], &silent);
    }
}

#[test]
fn an_argument_called_token_is_a_secret_without_being_told() {
    let server = Server::echoing();
    let provider =
        format!("{{web: {{url: 'http://{}/echo?key={{{{args.token}}}}'}}}}", server.address());
    let folder = Folder::new(&provider, "");
    let live = ["run", "-o", "json", "--timeout", "10s", "--log", "trace"];
    let plain = folder.template().with_file_name("plain.yaml");
    let text = std::fs::read_to_string(folder.template()).expect("the template");
    let from = ", valueFrom: {secretKeyRef: {name: vault, key: token}}";
    assert!(text.contains(from));
    std::fs::write(&plain, text.replace(from, "")).expect("the template");
    let arg = format!("token={SECRET}");
    let printed = run(assay(&live).arg(plain).args(["--arg", &arg]).args(["--arg", "encoded=x"]));
    search("an argument", &live, &printed);
}

fn commands() -> Vec<Vec<&'static str>> {
    let live = |format| vec!["run", "-o", format, "--timeout", "10s"];
    let offline = |fixture, format| vec!["dry-run", "--fixture", fixture, "-o", format];
    vec![
        live("table"),
        live("json"),
        offline("tests/secrets/echoed.yaml", "yaml"),
        offline("tests/secrets/echoed.yaml", "markdown"),
        offline("tests/secrets/echoed.yaml", "junit"),
    ]
}

fn search(place: &str, arguments: &[&str], printed: &Printed) {
    assert_ne!(printed.code, 2, "the template is refused for {place}: {printed:?}");
    assert!(!printed.stdout.is_empty(), "nothing to search for {place}: {printed:?}");
    for output in [&printed.stdout, &printed.stderr] {
        for disguise in disguises() {
            assert!(
                !output.contains(&disguise),
                "{disguise} of {place} by {arguments:?}:\n{output}"
            );
        }
    }
}

/// A template with a secret argument, and the secret as Kubernetes mounts it.
struct Folder(PathBuf);

impl Folder {
    fn new(provider: &str, more: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("assay-secrets-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let secrets = folder.join("secrets/vault");
        std::fs::create_dir_all(&secrets).expect("a temporary folder");
        std::fs::write(secrets.join("token"), SECRET).expect("the secret");
        std::fs::write(secrets.join("encoded"), percent_encoded(SECRET))
            .expect("the secret, percent-encoded");
        let template = format!(
            "apiVersion: assay.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: vault}}\n\
             spec:\n  args:\n    - {{name: token, valueFrom: {{secretKeyRef: {{name: vault, key: token}}}}}}\n    \
             - {{name: encoded, valueFrom: {{secretKeyRef: {{name: vault, key: encoded}}}}}}\n  \
             metrics:\n    - name: guarded\n      consecutiveErrorLimit: 0\n      \
             successCondition: result != nil\n      provider: {provider}\n{more}"
        );
        std::fs::write(folder.join("template.yaml"), template).expect("the template");
        Self(folder)
    }

    fn template(&self) -> PathBuf {
        self.0.join("template.yaml")
    }

    fn secrets(&self) -> PathBuf {
        self.0.join("secrets")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
