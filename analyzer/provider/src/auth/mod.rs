//! How requests log in.
//!
//! A [`Session`] is one measurement's way to one source: it puts the login on each request and,
//! when a token turns out to be used up, gets a new one and asks once more.

pub(crate) mod oauth2;

use assay_outbound::address::{Address, place};
use assay_outbound::client::{Connection, Http, Reply, Request};
use assay_outbound::failure::Failure;
use assay_outbound::header::{basic, login};
use assay_outbound::mask::Mask;
use assay_outbound::tls::Trust;
use assay_template::plan::{Authentication, Tls};
use assay_template::secret::Resolved;
use jiff::Timestamp;
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, HeaderValue};

use crate::auth::oauth2::{Grant, Tokens};
use crate::limits::Limits;
use crate::sigv4::Keys;
use crate::sigv4::role::Roles;
use crate::sources::SourceSettings;

/// What all measurements share.
pub(crate) struct Shared {
    pub(crate) settings: SourceSettings,
    pub(crate) http: Http,
    pub(crate) tokens: Tokens,
    pub(crate) roles: Roles,
}

/// The TLS part of a query, and whether its connections may be used again.
pub(crate) struct Route<'a> {
    pub(crate) tls: &'a Tls,
    pub(crate) insecure: bool,
    pub(crate) reused: bool,
}

/// What is put on each request.
enum Login {
    Nothing,
    Header(HeaderValue),
    Token(Box<Grant>),
    Signature { keys: Keys, region: String },
}

/// One measurement's way to one source.
pub(crate) struct Session<'a> {
    shared: &'a Shared,
    mask: &'a Mask,
    client: Client,
    login: Login,
    asked: Timestamp,
}

impl Shared {
    /// Opens the way to `address`. Nothing is sent yet, unless a role has to be assumed.
    pub(crate) async fn open<'a>(
        &'a self,
        address: &Address,
        route: &Route<'_>,
        authentication: &Authentication,
        asked: Timestamp,
        mask: &'a Mask,
    ) -> Result<Session<'a>, Failure> {
        let client = self.http.client(&self.connection(address, route)?).await?;
        let login = self.login(address, route, authentication, asked, mask).await?;
        Ok(Session { shared: self, mask, client, login, asked })
    }

    fn connection(&self, address: &Address, route: &Route<'_>) -> Result<Connection, Failure> {
        let secure = address.url.scheme() == "https";
        let trust = if secure {
            Trust::read(route.tls, route.insecure, self.limits().file_bytes_max)?
        } else {
            Trust::none()
        };
        Ok(Connection { secure, trust, reused: route.reused })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    async fn login(
        &self,
        address: &Address,
        route: &Route<'_>,
        authentication: &Authentication,
        asked: Timestamp,
        mask: &Mask,
    ) -> Result<Login, Failure> {
        match authentication {
            Authentication::None => Ok(address.login.clone().map_or(Login::Nothing, Login::Header)),
            Authentication::Basic { username, password } => {
                let username = mandatory(username, "basic auth", "username")?;
                let password = mandatory(password, "basic auth", "password")?;
                mask.add(password);
                Ok(Login::Header(basic(username, password, mask)?))
            }
            Authentication::Bearer { token } => Ok(Login::Header(bearer(token.reveal(), mask)?)),
            Authentication::OAuth2 { token_url, client_id, client_secret, scopes } => {
                mandatory(token_url, "OAuth2", "tokenUrl")?;
                let address = Address::read(token_url, mask)?;
                let client_id = mandatory(client_id, "OAuth2", "clientId")?.to_owned();
                let client_secret = mandatory(client_secret, "OAuth2", "clientSecret")?.to_owned();
                mask.add(&client_secret);
                let scopes = scopes.iter().map(Resolved::reveal).collect::<Vec<_>>().join(" ");
                let route = Route { reused: true, ..*route };
                let connection = self.connection(&address, &route)?;
                Ok(Login::Token(Box::new(Grant {
                    url: address.url,
                    place: place(token_url),
                    client_id,
                    client_secret,
                    scopes,
                    connection,
                })))
            }
            Authentication::SigV4 { region, profile, role_arn } => {
                let aws = &self.settings.aws;
                let region = aws.region(region.as_ref())?;
                let keys = aws.keys(profile.as_ref(), self.limits().file_bytes_max)?;
                keys.note(mask);
                let keys = match role_arn.as_ref().map(Resolved::reveal) {
                    None | Some("") => keys,
                    Some(role) => {
                        let route = Route { reused: true, ..*route };
                        self.assume(&keys, role, &region, &route, asked, mask).await?
                    }
                };
                Ok(Login::Signature { keys, region })
            }
        }
    }

    async fn assume(
        &self,
        keys: &Keys,
        role: &str,
        region: &str,
        route: &Route<'_>,
        asked: Timestamp,
        mask: &Mask,
    ) -> Result<Keys, Failure> {
        let address = Resolved::plain(self.settings.aws.sts_address(region));
        let place = place(&address);
        let address = Address::read(&address, mask)?;
        let client = self.http.client(&self.connection(&address, route)?).await?;
        let assumed =
            self.roles.assume(&self.http, &client, address.url, keys, role, region, asked);
        let keys = assumed.await.map_err(|failure| {
            let fault = failure.fault(&place);
            Failure::whole(fault.kind, format!("cannot assume the AWS role: {}", fault.message))
        })?;
        keys.note(mask);
        Ok(keys)
    }
}

impl Session<'_> {
    /// Sees to it that a token is at hand, so that a request after it waits for its source only.
    pub(crate) async fn log_in(&self) -> Result<(), Failure> {
        let Self { shared, mask, login, .. } = self;
        match login {
            Login::Token(grant) => {
                shared.tokens.token(&shared.http, grant, None, mask).await.map(drop)
            }
            Login::Nothing | Login::Header(_) | Login::Signature { .. } => Ok(()),
        }
    }

    /// Sends the request with the login on it and reads the whole answer.
    pub(crate) async fn exchange(&self, request: &Request) -> Result<Reply, Failure> {
        self.exchange_up_to(self.shared.limits().answer_bytes_max, request).await
    }

    /// As [`Session::exchange`], with another limit to the bytes of the answer.
    pub(crate) async fn exchange_up_to(
        &self,
        bytes_max: usize,
        request: &Request,
    ) -> Result<Reply, Failure> {
        let Self { shared, mask, client, login, asked } = self;
        let mut request = request.clone();
        match login {
            Login::Nothing => shared.http.exchange_up_to(bytes_max, client, &request).await,
            Login::Header(value) => {
                request.headers.insert(AUTHORIZATION, value.clone());
                shared.http.exchange_up_to(bytes_max, client, &request).await
            }
            Login::Signature { keys, region } => {
                crate::sigv4::sign(&mut request, keys, region, crate::sigv4::PROMETHEUS, *asked)?;
                shared.http.exchange_up_to(bytes_max, client, &request).await
            }
            Login::Token(grant) => {
                let token = shared.tokens.token(&shared.http, grant, None, mask).await?;
                request.headers.insert(AUTHORIZATION, bearer(&token, mask)?);
                let reply = shared.http.exchange_up_to(bytes_max, client, &request).await?;
                if reply.status != 401 {
                    return Ok(reply);
                }
                // The token may have been withdrawn; one more is worth a try.
                let token = shared.tokens.token(&shared.http, grant, Some(&token), mask).await?;
                request.headers.insert(AUTHORIZATION, bearer(&token, mask)?);
                shared.http.exchange_up_to(bytes_max, client, &request).await
            }
        }
    }
}

fn mandatory<'a>(value: &'a Resolved, setup: &str, field: &str) -> Result<&'a str, Failure> {
    // The words are those of Argo Rollouts.
    if value.reveal().is_empty() {
        return Err(Failure::misconfigured(format!(
            "missing mandatory parameter in metric for {setup} setup: {field}"
        )));
    }
    Ok(value.reveal())
}

fn bearer(token: &str, mask: &Mask) -> Result<HeaderValue, Failure> {
    mask.add(token);
    login(&format!("Bearer {token}"))
}
