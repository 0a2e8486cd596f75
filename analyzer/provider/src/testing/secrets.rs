//! A secret that is planted somewhere comes out nowhere: not in an answer, a fault or a log line,
//! even when the source echoes all it is sent.

use std::time::Duration;

use assay_run::reading::{Answer, Fault};
use assay_template::jsonpath::JsonPath;
use assay_template::plan::{
    Authentication, Body, HealthExpectation, HealthQuery, HealthTarget, Method, PrometheusQuery,
    Query, Tls, WebQuery,
};
use assay_template::secret::{Resolved, Secret, Secrets};
use tokio::sync::watch;
use tracing::level_filters::LevelFilter;

use super::server::{Act, Server, answer};
use super::{asked, metric, prometheus_query};
use crate::sigv4::settings::AwsSettings;
use crate::sources::{SourceSettings, Sources};

const PLANTED: &str = "Pl4nted/S3cret+Val ue";

/// Spellings that a source may echo it in: as it is, in a form, in a path, and its base64 both alone
/// and after `user:`.
const SPELLINGS: [&str; 5] = [
    PLANTED,
    "Pl4nted%2FS3cret%2BVal",
    "Pl4nted/S3cret+Val%20ue",
    "UGw0bnRlZC9TM2NyZXQrVmFsIHVl",
    "dXNlcjpQbDRudGVkL1MzY3JldCtWYWwgdWU",
];

fn secret() -> Resolved {
    Resolved::masked(PLANTED, "***")
}

/// Measures, and answers the outcome and every log line as one text.
async fn measure(query: Query, settings: SourceSettings) -> String {
    let lines = watch::Sender::new(Vec::<u8>::new());
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || Lines(writer.clone()))
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut secrets = Secrets::default();
    secrets.add_all_forms(PLANTED);
    let sources = Sources::new(settings).unwrap();
    let outcome = sources.measure(&metric(query), asked(), &secrets).await;
    let logged = String::from_utf8_lossy(&lines.borrow()).into_owned();
    assert!(logged.contains("assay_provider"), "nothing was logged: {logged}");
    format!("{}\n{logged}", show(&outcome))
}

fn show(outcome: &Result<Answer, Fault>) -> String {
    format!("{outcome:?}")
}

struct Lines(watch::Sender<Vec<u8>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.send_modify(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Measures against servers that echo, and looks for the secret.
async fn check(what: &str, query: impl Fn(&Server) -> Query) {
    check_with(what, query, SourceSettings::default()).await;
}

async fn check_with(what: &str, query: impl Fn(&Server) -> Query, settings: SourceSettings) {
    let error = r#"{"status":"error","errorType":"bad_data","error":"ECHO"}"#;
    let warning = r#"{"status":"success","warnings":["ECHO"],"data":{"resultType":"scalar","result":[1,"1"]}}"#;
    let acts = [
        Act::Echo("400 Bad Request", error),
        Act::Echo("200 OK", warning),
        Act::Echo("200 OK", "ECHO"),
        Act::Echo("200 OK", r#"{"ECHO":["ECHO"]}"#),
        Act::Echo("503 Busy", "ECHO"),
        Act::Echo("401 No", r#"{"error":"ECHO"}"#),
        answer("302 Found", &format!("Location: http://x/{PLANTED}\r\n"), ""),
        Act::SendAndClose(PLANTED.as_bytes().to_vec()),
    ];
    for act in acts {
        let server = Server::start(vec![act]).await;
        let text = measure(query(&server), settings.clone()).await;
        assert!(!server.seen().is_empty(), "{what}: the server was not asked: {text}");
        for spelling in SPELLINGS {
            assert!(!text.contains(spelling), "{what}: {spelling} in {text}");
        }
    }
}

fn prometheus(server: &Server) -> PrometheusQuery {
    prometheus_query(&server.url("/aps-workspaces"))
}

fn web(url: Resolved) -> WebQuery {
    WebQuery {
        url,
        method: Method::Post,
        headers: vec![],
        body: Body::None,
        timeout: Duration::from_secs(10),
        json_path: JsonPath::parse("{$}").unwrap(),
        insecure: false,
        authentication: Authentication::None,
        tls: Tls::default(),
    }
}

fn logins(server: &Server) -> Vec<Authentication> {
    let plain = || Resolved::plain(PLANTED);
    let oauth2 = |token_url, client_secret| Authentication::OAuth2 {
        token_url,
        client_id: Resolved::plain("id"),
        client_secret,
        scopes: vec![],
    };
    vec![
        Authentication::Basic { username: Resolved::plain("user"), password: secret() },
        Authentication::Basic { username: Resolved::plain("user"), password: plain() },
        Authentication::Bearer { token: secret() },
        Authentication::Bearer { token: plain() },
        oauth2(Resolved::plain(server.url("/token")), secret()),
        oauth2(Resolved::plain(server.url("/token")), plain()),
    ]
}

#[tokio::test]
async fn in_a_login() {
    for login in 0..6 {
        let authentication = |server: &Server| logins(server).remove(login);
        check("prometheus", |server| {
            let authentication = authentication(server);
            Query::Prometheus(PrometheusQuery { authentication, ..prometheus(server) })
        })
        .await;
        check("web", |server| {
            let authentication = authentication(server);
            Query::Web(WebQuery { authentication, ..web(Resolved::plain(server.url("/"))) })
        })
        .await;
    }
}

#[tokio::test]
async fn in_a_header() {
    let headers = [
        ("X-Custom", secret()),
        ("Authorization", Resolved::plain(format!("Bearer {PLANTED}"))),
        ("Cookie", Resolved::plain(format!("a=b; session={PLANTED}"))),
        ("X-Api-Key", Resolved::plain(PLANTED)),
    ];
    for (name, value) in headers {
        let headers = vec![(name.to_owned(), value)];
        check(name, |server| {
            Query::Prometheus(PrometheusQuery { headers: headers.clone(), ..prometheus(server) })
        })
        .await;
        check(name, |server| {
            let url = Resolved::plain(server.url("/"));
            Query::Web(WebQuery { headers: headers.clone(), ..web(url) })
        })
        .await;
    }
    let bad = vec![("X-Custom".to_owned(), Resolved::masked(format!("{PLANTED}\n"), "***"))];
    let query = PrometheusQuery { headers: bad, ..prometheus_query("http://127.0.0.1:1") };
    let text = measure(Query::Prometheus(query), SourceSettings::default()).await;
    assert!(!text.contains(PLANTED), "{text}");
}

#[tokio::test]
async fn in_an_address() {
    let encoded = "Pl4nted%2FS3cret%2BVal%20ue";
    for path in ["/?token=SECRET", "/SECRET", "/?a=1&b=x-SECRET-y"] {
        let url = |server: &Server| {
            let url = server.url(path);
            let shown = url.replace("SECRET", "***");
            [url.replace("SECRET", PLANTED), url.replace("SECRET", encoded)]
                .map(|url| Resolved::masked(url, shown.clone()))
        };
        for spelling in 0..2 {
            check(path, |server| Query::Web(web(url(server)[spelling].clone()))).await;
        }
    }
    for user in [PLANTED.replace('/', "%2F"), encoded.to_owned()] {
        check("user info", |server| {
            let address = format!("http://user:{user}@{}", server.address());
            Query::Prometheus(prometheus_query(&address))
        })
        .await;
    }
    for address in ["http://SECRET.invalid", "http://SECRET", "SECRET", "http://x:SECRET/"] {
        let address =
            Resolved::masked(address.replace("SECRET", PLANTED), address.replace("SECRET", "***"));
        let text = measure(Query::Web(web(address)), SourceSettings::default()).await;
        assert!(!text.to_lowercase().contains("s3cret"), "{text}");
    }
}

/// The connector logs the hosts it connects to at its own debug level; what we log does not.
#[tokio::test]
async fn in_a_host_name() {
    let address = Resolved::masked("http://S3cretHost.invalid/", "http://***.invalid/");
    let text = measure(Query::Web(web(address)), SourceSettings::default()).await;
    let ours = text.lines().filter(|line| !line.contains(" hyper_util::")).collect::<String>();
    assert!(ours.contains("***.invalid:80 could not be found"), "{ours}");
    assert!(!ours.to_lowercase().contains("s3cret"), "{ours}");
}

#[tokio::test]
async fn in_a_body_or_a_query() {
    check("query", |server| {
        let query = Resolved::masked(format!("up{{a=\"{PLANTED}\"}}"), "up{a=\"***\"}");
        Query::Prometheus(PrometheusQuery { query, ..prometheus(server) })
    })
    .await;
    check("body", |server| {
        let url = Resolved::plain(server.url("/"));
        Query::Web(WebQuery { body: Body::Text(secret()), ..web(url) })
    })
    .await;
}

#[tokio::test]
async fn in_a_health_probe() {
    check("health", |server| {
        let expect = HealthExpectation {
            statuses: vec![200..=299],
            body: Some(secret()),
            body_contains: Some(secret()),
            json: None,
            latency_max: None,
        };
        let url = Resolved::masked(server.url(&format!("/{PLANTED}")), server.url("/***"));
        Query::Health(HealthQuery {
            targets: vec![HealthTarget { name: "a".to_owned(), url }],
            method: Method::Get,
            headers: vec![("X-Custom".to_owned(), secret())],
            expect,
            probes: 2,
            timeout: Duration::from_secs(5),
            insecure: false,
            authentication: Authentication::Bearer { token: secret() },
            tls: Tls::default(),
        })
    })
    .await;
}

#[tokio::test]
async fn in_the_credentials_of_aws() {
    let aws = AwsSettings {
        access_key_id: Some("AKID".to_owned()),
        secret_access_key: Some(Secret::new(PLANTED.to_owned())),
        session_token: Some(Secret::new(PLANTED.to_owned())),
        region: Some("eu-west-1".to_owned()),
        ..AwsSettings::default()
    };
    let settings = SourceSettings { aws, ..SourceSettings::default() };
    let query = |server: &Server| {
        let authentication = Authentication::SigV4 { region: None, profile: None, role_arn: None };
        Query::Prometheus(PrometheusQuery { authentication, ..prometheus(server) })
    };
    check_with("aws", query, settings).await;
}
