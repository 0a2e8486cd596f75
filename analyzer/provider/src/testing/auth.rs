//! Logging in: basic, bearer, OAuth2 client credentials, and AWS signatures.

use assay_template::plan::{Authentication, PrometheusQuery};
use assay_template::secret::{Resolved, Secret};
use futures_util::future::join_all;

use super::server::{Act, Server, answer, ok};
use super::{ask, describe, prometheus_query, sources};
use crate::sigv4::settings::AwsSettings;
use crate::sources::{SourceSettings, Sources};

const GOOD: &str = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"10"]}}"#;
const TOKEN: &str = r#"{"access_token":"token-1","token_type":"Bearer","expires_in":3600}"#;

fn plain(text: &str) -> Resolved {
    Resolved::plain(text)
}

fn basic(username: &str, password: &str) -> Authentication {
    Authentication::Basic { username: plain(username), password: plain(password) }
}

fn oauth2(
    token_url: &str,
    client_id: &str,
    client_secret: &str,
    scopes: &[&str],
) -> Authentication {
    Authentication::OAuth2 {
        token_url: plain(token_url),
        client_id: plain(client_id),
        client_secret: plain(client_secret),
        scopes: scopes.iter().map(|scope| plain(scope)).collect(),
    }
}

fn query(server: &Server, authentication: Authentication) -> PrometheusQuery {
    PrometheusQuery { authentication, ..prometheus_query(&server.url("")) }
}

/// The values of a header in the requests that a server saw.
fn headers(server: &Server, name: &str) -> Vec<String> {
    let seen = server.seen();
    let prefix = format!("{name}: ");
    seen.iter()
        .map(|request| {
            let value = request.lines().find_map(|line| line.strip_prefix(&prefix));
            value.unwrap_or("none").to_owned()
        })
        .collect()
}

/// Asks once, and answers the login that the server saw, or the fault.
async fn check(authentication: Authentication, expected: &str) {
    let server = Server::start(vec![ok(GOOD)]).await;
    let login = match ask(&sources(), query(&server, authentication)).await {
        Ok(_) => headers(&server, "authorization").concat(),
        Err(fault) => fault.message,
    };
    assert_eq!(login, expected);
}

#[tokio::test]
async fn fixed_logins() {
    check(Authentication::None, "none").await;
    // base64 of `user:pass`
    check(basic("user", "pass"), "Basic dXNlcjpwYXNz").await;
    check(Authentication::Bearer { token: plain("abc") }, "Bearer abc").await;
    let refused = "the token has characters that cannot be sent in a header";
    check(Authentication::Bearer { token: plain("a\r\nX: 1") }, refused).await;
}

#[tokio::test]
async fn b23_w111_a_login_needs_all_its_parts() {
    let missing =
        |setup, field| format!("missing mandatory parameter in metric for {setup} setup: {field}");
    check(basic("user", ""), &missing("basic auth", "password")).await;
    check(basic("", "pass"), &missing("basic auth", "username")).await;
    check(oauth2("", "id", "secret", &[]), &missing("OAuth2", "tokenUrl")).await;
    check(oauth2("http://login", "", "secret", &[]), &missing("OAuth2", "clientId")).await;
    check(oauth2("http://login", "id", "", &[]), &missing("OAuth2", "clientSecret")).await;
}

#[tokio::test]
async fn user_info_in_an_address_is_a_login() {
    let server = Server::start(vec![ok(GOOD)]).await;
    let address = format!("http://user:pass@{}", server.address());
    let outcome = ask(&sources(), prometheus_query(&address)).await;
    assert_eq!(describe(&outcome, None), "Scalar(10.0)");
    assert_eq!(headers(&server, "authorization"), ["Basic dXNlcjpwYXNz"]);
}

#[tokio::test]
async fn w112_a_token_is_fetched_once_and_shared() {
    let login = Server::start(vec![ok(TOKEN)]).await;
    let server = Server::start(vec![ok(GOOD)]).await;
    let authentication = oauth2(&login.url("/token"), "my id", "s/cret", &["a", "b"]);
    let sources = sources();
    let ask_once = || ask(&sources, query(&server, authentication.clone()));
    for outcome in join_all((0..20).map(|_| ask_once())).await {
        assert_eq!(describe(&outcome, None), "Scalar(10.0)");
    }
    assert!(headers(&server, "authorization").iter().all(|login| login == "Bearer token-1"));
    let seen = login.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].starts_with("POST /token HTTP/1.1\n"), "{seen:?}");
    assert!(seen[0].ends_with("\n\ngrant_type=client_credentials&scope=a+b"), "{seen:?}");
    // base64 of `my+id:s%2Fcret`
    assert_eq!(headers(&login, "authorization"), ["Basic bXkraWQ6cyUyRmNyZXQ="]);

    // Another grant is another token.
    let other = oauth2(&login.url("/token"), "other", "secret", &[]);
    let _ = ask(&sources, query(&server, other)).await;
    assert_eq!(login.seen().len(), 2);
}

#[tokio::test]
async fn a_token_that_ends_is_fetched_again() {
    let short = r#"{"access_token":"short","expires_in":"0.000001"}"#;
    let login = Server::start(vec![ok(short)]).await;
    let server = Server::start(vec![ok(GOOD)]).await;
    let sources = sources();
    for _ in 0..2 {
        let _ = ask(&sources, query(&server, oauth2(&login.url("/"), "id", "secret", &[]))).await;
    }
    assert_eq!(login.seen().len(), 2);
}

#[tokio::test]
async fn a_rejected_token_is_fetched_again_once() {
    let second = TOKEN.replace("token-1", "token-2");
    let login = Server::start(vec![ok(TOKEN), ok(second)]).await;
    let server = Server::start(vec![answer("401 No", "", ""), ok(GOOD)]).await;
    let sources = sources();
    let authentication = oauth2(&login.url("/"), "id", "secret", &[]);
    let outcome = ask(&sources, query(&server, authentication.clone())).await;
    assert_eq!(describe(&outcome, None), "Scalar(10.0)");
    assert_eq!(headers(&server, "authorization"), ["Bearer token-1", "Bearer token-2"]);
    let _ = ask(&sources, query(&server, authentication.clone())).await;
    assert_eq!(login.seen().len(), 2);

    // Whoever always says no is not asked for ever.
    let closed = Server::start(vec![answer("401 No", "", "")]).await;
    let outcome = ask(&sources, query(&closed, authentication)).await;
    assert_eq!(describe(&outcome, None), "Refused: client_error: client error: 401");
    assert_eq!(closed.seen().len(), 2);
}

#[tokio::test]
async fn credentials_are_sent_in_the_form_when_the_header_is_refused() {
    let login = Server::start(vec![answer("401 No", "", ""), ok(TOKEN)]).await;
    let server = Server::start(vec![ok(GOOD)]).await;
    let outcome = ask(&sources(), query(&server, oauth2(&login.url("/"), "id", "s&t", &[]))).await;
    assert_eq!(describe(&outcome, None), "Scalar(10.0)");
    let seen = login.seen();
    let form = "\n\ngrant_type=client_credentials&client_id=id&client_secret=s%26t";
    assert!(seen[1].ends_with(form), "{seen:?}");
    assert_eq!(headers(&login, "authorization")[1], "none");
}

/// Asks with a token endpoint that acts so.
async fn check_endpoint(act: Act, expected: &str) {
    let login = Server::start(vec![act]).await;
    let server = Server::start(vec![ok(GOOD)]).await;
    let outcome =
        ask(&sources(), query(&server, oauth2(&login.url("/"), "id", "secret", &[]))).await;
    let expected = expected.replace(": ", ": oauth2: cannot fetch token: ");
    assert_eq!(describe(&outcome, Some(&login)), expected);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn w110_a_token_endpoint_that_gives_no_token() {
    check_endpoint(answer("401 X", "", ""), "Refused: 401 Unauthorized from HOST").await;
    let code = answer("400 X", "", r#"{"error":"invalid_client","error_description":"x"}"#);
    check_endpoint(code, "Refused: 400 Bad Request (invalid_client) from HOST").await;
    check_endpoint(answer("599 X", "", "<html>"), "Refused: 599 from HOST").await;
    check_endpoint(ok("<html>"), "Unreadable: HOST answered something that is not a token").await;
    check_endpoint(ok("{}"), "Unreadable: HOST answered without an access token").await;
    let closed = "Unreachable: HOST closed the connection before its answer was complete";
    check_endpoint(Act::SendAndClose(vec![]), closed).await;
    let redirect = answer("302 Found", "Location: /x\r\n", "");
    let refused = "Refused: HOST answered 302, a redirect, and redirects are not followed";
    check_endpoint(redirect, refused).await;
}

fn sigv4(profile: Option<&str>, role_arn: Option<&str>) -> Authentication {
    Authentication::SigV4 {
        region: Some(plain("eu-west-1")),
        profile: profile.map(plain),
        role_arn: role_arn.map(plain),
    }
}

fn aws(sts_address: Option<String>) -> Sources {
    let aws = AwsSettings {
        access_key_id: Some("AKID".to_owned()),
        secret_access_key: Some(Secret::new("aws-secret".to_owned())),
        sts_address,
        ..AwsSettings::default()
    };
    Sources::new(SourceSettings { aws, ..SourceSettings::default() }).unwrap()
}

#[tokio::test]
async fn only_amazons_addresses_are_signed_for() {
    let server = Server::start(vec![ok(GOOD)]).await;
    let amazon = server.url("/aps-workspaces/1");
    let plain_address = server.url("");
    for address in [amazon, plain_address] {
        let authentication = sigv4(None, None);
        let query = PrometheusQuery { authentication, ..prometheus_query(&address) };
        let outcome = ask(&aws(None), query).await;
        assert_eq!(describe(&outcome, None), "Scalar(10.0)");
    }
    let logins = headers(&server, "authorization");
    let start = "AWS4-HMAC-SHA256 Credential=AKID/20260105/eu-west-1/aps/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, Signature=";
    assert!(logins[0].starts_with(start), "{logins:?}");
    assert_eq!(logins[1], "none");
    assert_eq!(headers(&server, "x-amz-date")[0], "20260105T100000Z");
}

#[tokio::test]
async fn a_role_is_assumed_once() {
    let credentials = "<Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>role-secret\
                       </SecretAccessKey><SessionToken>role-session</SessionToken>\
                       <Expiration>2026-01-05T11:00:00Z</Expiration></Credentials>";
    let sts = Server::start(vec![ok(credentials)]).await;
    let server = Server::start(vec![ok(GOOD)]).await;
    let sources = aws(Some(sts.url("/")));
    for _ in 0..2 {
        let authentication = sigv4(None, Some("arn:aws:iam::1:role/r"));
        let address = server.url("/aps-workspaces");
        let query = PrometheusQuery { authentication, ..prometheus_query(&address) };
        assert_eq!(describe(&ask(&sources, query).await, None), "Scalar(10.0)");
    }
    let login = &headers(&server, "authorization")[1];
    assert!(login.contains("Credential=ROLE/20260105/eu-west-1/aps/"), "{login}");
    assert_eq!(headers(&server, "x-amz-security-token")[0], "role-session");
    let seen = sts.seen();
    assert_eq!(seen.len(), 1);
    let form = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr\
                &RoleSessionName=assay&Version=2011-06-15";
    assert!(seen[0].ends_with(form), "{seen:?}");
    assert!(headers(&sts, "authorization")[0].contains("/eu-west-1/sts/aws4_request"));
}

#[tokio::test]
async fn a_role_that_is_denied() {
    let denied = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
    let sts = Server::start(vec![answer("403 No", "", denied)]).await;
    let authentication = sigv4(None, Some("arn"));
    let address = "http://aps-workspaces.invalid";
    let query = PrometheusQuery { authentication, ..prometheus_query(address) };
    let outcome = ask(&aws(Some(sts.url("/"))), query).await;
    let expected = "Refused: cannot assume the AWS role: HOST answered 403 (AccessDenied)";
    assert_eq!(describe(&outcome, Some(&sts)), expected);
}
