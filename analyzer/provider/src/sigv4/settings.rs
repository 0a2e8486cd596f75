//! Where AWS credentials come from: the environment, or a profile in the shared credentials file.

use assay_outbound::failure::Failure;
use assay_outbound::tls::read_file;
use assay_template::secret::{Resolved, Secret};

use crate::sigv4::Keys;

/// What the environment says about AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsSettings {
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: Option<String>,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Option<Secret<String>>,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<Secret<String>>,
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub region: Option<String>,
    /// `AWS_PROFILE`.
    pub profile: Option<String>,
    /// `AWS_SHARED_CREDENTIALS_FILE`, else `.aws/credentials` in the home directory.
    pub credentials_file: Option<String>,
    /// Where roles are assumed, instead of AWS's own address (`AWS_ENDPOINT_URL_STS`).
    pub sts_address: Option<String>,
}

impl AwsSettings {
    /// Reads the settings with `variable`, which answers the value of an environment variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = || variable("HOME").map(|home| format!("{home}/.aws/credentials"));
        Self {
            access_key_id: variable("AWS_ACCESS_KEY_ID"),
            secret_access_key: variable("AWS_SECRET_ACCESS_KEY").map(Secret::new),
            session_token: variable("AWS_SESSION_TOKEN").map(Secret::new),
            region: variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")),
            profile: variable("AWS_PROFILE"),
            credentials_file: variable("AWS_SHARED_CREDENTIALS_FILE").or_else(home),
            sts_address: variable("AWS_ENDPOINT_URL_STS"),
        }
    }

    /// The region of a query: its own, else that of the environment.
    pub(crate) fn region(&self, own: Option<&Resolved>) -> Result<String, Failure> {
        own.map(Resolved::reveal)
            .filter(|region| !region.is_empty())
            .or(self.region.as_deref())
            .map(str::to_owned)
            .ok_or_else(|| Failure::misconfigured("sigv4 needs a `region`, here or in AWS_REGION"))
    }

    /// The credentials of a query: those of its profile, else those of the environment.
    pub(crate) fn keys(
        &self,
        profile: Option<&Resolved>,
        bytes_max: usize,
    ) -> Result<Keys, Failure> {
        let own = profile.map(Resolved::reveal).filter(|profile| !profile.is_empty());
        if let (None, Some(id), Some(secret)) = (own, &self.access_key_id, &self.secret_access_key)
        {
            let session = self.session_token.clone();
            return Ok(Keys { id: id.clone(), secret: secret.clone(), session });
        }
        let profile = own.or(self.profile.as_deref()).unwrap_or("default");
        let Some(path) = &self.credentials_file else {
            return Err(Failure::misconfigured(
                "sigv4 finds no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not \
                 set, and there is no credentials file",
            ));
        };
        let text = read_file(path, bytes_max)?;
        profile_keys(&String::from_utf8_lossy(&text), profile).ok_or_else(|| {
            let message =
                format!("the credentials file `{path}` has no complete profile `{profile}`");
            Failure::misconfigured(message)
        })
    }

    /// Where roles are assumed.
    pub(crate) fn sts_address(&self, region: &str) -> String {
        self.sts_address.clone().unwrap_or_else(|| format!("https://sts.{region}.amazonaws.com/"))
    }
}

/// The credentials of one profile in the text of a credentials file.
fn profile_keys(text: &str, profile: &str) -> Option<Keys> {
    let (mut id, mut secret, mut session) = (None, None, None);
    let mut here = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            here = name.trim() == profile;
        } else if here && !line.starts_with(['#', ';']) {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim().to_owned();
            match key.trim() {
                "aws_access_key_id" => id = Some(value),
                "aws_secret_access_key" => secret = Some(Secret::new(value)),
                "aws_session_token" => session = Some(Secret::new(value)),
                _ => {}
            }
        }
    }
    Some(Keys { id: id?, secret: secret?, session })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
        # comment\n[default]\naws_access_key_id = D\naws_secret_access_key=d/=\n\n\
        [ prod ]\naws_access_key_id=P\naws_secret_access_key = p\naws_session_token = t\n\
        [half]\naws_access_key_id=H\n";

    fn check(profile: &str, expected: &str) {
        let keys = profile_keys(FILE, profile).map_or_else(
            || "none".to_owned(),
            |keys| {
                let session = keys.session.map(|it| it.reveal().clone()).unwrap_or_default();
                format!("{} {} {session}", keys.id, keys.secret.reveal())
            },
        );
        assert_eq!(keys.trim(), expected);
    }

    #[test]
    fn a_profile_is_found_in_the_credentials_file() {
        check("default", "D d/=");
        check("prod", "P p t");
        check("half", "none");
        check("other", "none");
    }

    fn check_choice(variables: &[(&str, &str)], profile: Option<&str>, expected: &str) {
        let settings = AwsSettings::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let profile = profile.map(Resolved::plain);
        let keys = settings.keys(profile.as_ref(), 1 << 20);
        assert_eq!(keys.map_or_else(|failure| failure.clause, |keys| keys.id), expected);
    }

    #[test]
    fn the_profile_of_a_template_goes_before_the_environment() {
        let id = ("AWS_ACCESS_KEY_ID", "E");
        let secret = ("AWS_SECRET_ACCESS_KEY", "e");
        let file = ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials");
        check_choice(&[id, secret, file], None, "E");
        let missing = "cannot read the file `/nowhere/credentials`: \
                       No such file or directory (os error 2)";
        check_choice(&[id, secret, file], Some("prod"), missing);
        check_choice(&[id, file], None, missing);
        check_choice(
            &[id],
            None,
            "sigv4 finds no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, \
             and there is no credentials file",
        );
    }

    #[test]
    fn the_region_is_that_of_the_template_or_the_environment() {
        let settings = AwsSettings::read(|name| (name == "AWS_DEFAULT_REGION").then(|| "a".into()));
        assert_eq!(settings.region(Some(&Resolved::plain("b"))).unwrap(), "b");
        assert_eq!(settings.region(Some(&Resolved::plain(""))).unwrap(), "a");
        assert_eq!(settings.sts_address("eu-west-1"), "https://sts.eu-west-1.amazonaws.com/");
        assert!(AwsSettings::default().region(None).is_err());
    }

    #[test]
    fn settings_show_no_secret() {
        let settings = AwsSettings::read(|_| Some("planted".to_owned()));
        let shown = format!("{:?} {:?}", settings.secret_access_key, settings.session_token);
        assert_eq!(shown, "Some(***) Some(***)");
    }
}
