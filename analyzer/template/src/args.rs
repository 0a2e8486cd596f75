//! The arguments of a template: what it declares, what is given, and what comes of the two.
//!
//! Nothing here reads the environment, a file or a cluster; the caller reads them and hands the values
//! over as [`GivenArgs`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use miette::SourceSpan;

use crate::bind::findings::{Findings, Place};
use crate::plan::Mode;
use crate::problem::{ArgsProblem, Lint};
use crate::secret::{Secret, Secrets};
use crate::sensitive::is_sensitive;
use crate::shape::{boolean, suggest};
use crate::substitute::{ArgValue, ArgValues};
use crate::yaml::{Node, SourceId};

/// Values for arguments, and the secrets that arguments may be taken from.
#[derive(Clone, Debug, Default)]
pub struct GivenArgs {
    args: BTreeMap<String, GivenArg>,
    secrets: BTreeMap<String, BTreeMap<String, Secret<String>>>,
}

/// A value given for an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenArg {
    /// The value; none when the argument is named without one.
    pub value: Option<Secret<String>>,
    /// Who gave it.
    pub origin: Origin,
}

/// Who gave a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--arg name=value`, or a call.
    CommandLine,
    /// An environment variable.
    Environment,
    /// A file of arguments.
    File,
    /// A place for secrets: the value is never shown.
    Secret,
    /// The Rollout that starts the analysis.
    Rollout,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CommandLine => "the command line",
            Self::Environment => "the environment",
            Self::File => "the file of arguments",
            Self::Secret => "a secret",
            Self::Rollout => "the Rollout",
        })
    }
}

impl GivenArgs {
    /// Gives `name` a value; a later one replaces an earlier one.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>, origin: Origin) {
        let value = Some(Secret::new(value.into()));
        self.args.insert(name.into(), GivenArg { value, origin });
    }

    /// Names an argument without giving it a value, as a rollout may.
    pub fn name_only(&mut self, name: impl Into<String>, origin: Origin) {
        self.args.entry(name.into()).or_insert(GivenArg { value: None, origin });
    }

    /// Hands over what stands under `key` in the secret called `secret`, for `secretKeyRef`.
    pub fn set_secret(&mut self, secret: &str, key: &str, value: impl Into<String>) {
        let keys = self.secrets.entry(secret.to_owned()).or_default();
        keys.insert(key.to_owned(), Secret::new(value.into()));
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.args
            .get(name)
            .and_then(|given| given.value.as_ref())
            .map(|value| value.reveal().as_str())
    }

    /// The same without the arguments that are not among `names`.
    pub(crate) fn only(&self, names: &BTreeSet<String>) -> Self {
        let mut given = self.clone();
        given.args.retain(|name, _| names.contains(name));
        given
    }

    /// Who gave each argument, sorted by name.
    pub(crate) fn origins(&self) -> impl Iterator<Item = (&str, Origin)> {
        self.args.iter().map(|(name, given)| (name.as_str(), given.origin))
    }

    fn is_secret(&self, name: &str) -> bool {
        self.args.get(name).is_some_and(|given| given.origin == Origin::Secret)
    }
}

/// An argument as a template declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// What it is without a given value. It may be a secret, which only all templates together tell.
    pub default: Option<Secret<String>>,
    /// Where its value is taken from.
    pub from: Option<ValueFrom>,
    /// Whether its value is never shown (`secret: true`, assay.dev only); where nothing is said, the
    /// name decides.
    pub secret: Option<bool>,
    /// Which text declares it.
    pub source: SourceId,
    /// The bytes of its name.
    pub at: SourceSpan,
}

/// Where the value of an argument is taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueFrom {
    /// One key of a secret.
    Secret {
        /// The secret's name.
        secret: String,
        /// The key in it.
        key: String,
    },
    /// A field of the rollout. In a template nothing reads it, so the value has to be given.
    Field,
}

/// The arguments of one template, from its `spec`.
pub(crate) fn declared(source: SourceId, spec: &Node, findings: &mut Findings) -> Vec<Declared> {
    let mut args: Vec<Declared> = Vec::new();
    for node in spec.get("args").map(Node::items).unwrap_or_default() {
        let Some(arg) = declaration(source, node, findings) else { continue };
        match args.iter_mut().find(|known| known.name == arg.name) {
            Some(known) => {
                let (arg_name, first) = (arg.name.clone(), known.at);
                let problem = ArgsProblem::Duplicate { arg: arg_name, first, at: arg.at };
                findings.add_strict(source, problem);
                *known = arg;
            }
            None => args.push(arg),
        }
    }
    args
}

fn declaration(source: SourceId, node: &Node, findings: &mut Findings) -> Option<Declared> {
    let name_node = node.get("name")?;
    let (name, at) = (name_node.as_text()?.to_owned(), name_node.span);
    let default = node.get("value").and_then(Node::as_text);
    let default = default.map(|text| Secret::new(text.to_owned()));
    let value_from = node.get("valueFrom").filter(|from| !from.is_null());
    if default.is_some() && value_from.is_some() {
        findings.add(source, ArgsProblem::ValueAndValueFrom { arg: name.clone(), at });
    }
    let from = value_from.map(|from| match from.get("secretKeyRef") {
        Some(reference) => {
            let text = |key| reference.get(key).and_then(Node::as_text).unwrap_or_default();
            ValueFrom::Secret { secret: text("name").to_owned(), key: text("key").to_owned() }
        }
        None => ValueFrom::Field,
    });
    let secret = node.get("secret").and_then(Node::as_text).and_then(boolean);
    Some(Declared { name, default, from, secret, source, at })
}

/// The arguments of all templates of a run, with their values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args {
    /// In the order first declared.
    pub(crate) declared: Vec<Declared>,
    /// One for each of `declared`.
    pub(crate) values: ArgValues,
    /// The texts that nobody may see.
    pub(crate) secrets: Secrets,
}

/// Puts the declarations of several templates together, in the order of the templates.
///
/// Argo Rollouts lets a later declaration replace one without a value, be the later one bare and the
/// one before it from a secret. We keep the secret, unless we are to do as it does.
pub(crate) fn merge<'a>(
    declarations: impl IntoIterator<Item = &'a Declared>,
    findings: &mut Findings,
) -> Vec<Declared> {
    let mut merged: Vec<Declared> = Vec::new();
    for arg in declarations {
        let Some(known) = merged.iter_mut().find(|known| known.name == arg.name) else {
            merged.push(arg.clone());
            continue;
        };
        let secret = match (known.secret, arg.secret) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (first, second) => first.or(second),
        };
        match (&known.default, &arg.default) {
            (Some(first), Some(second)) if first != second => {
                let (first, second) = if secret == Some(true) || is_sensitive(&arg.name) {
                    (String::from("***"), String::from("***"))
                } else {
                    (first.reveal().clone(), second.reveal().clone())
                };
                let (arg_name, at) = (arg.name.clone(), arg.at);
                let problem = ArgsProblem::ConflictingDefaults { arg: arg_name, first, second, at };
                findings.add(arg.source, problem);
            }
            (Some(_), _) => {}
            (None, default) => {
                let bare = default.is_none() && arg.from.is_none();
                if !(bare && findings.mode() == Mode::Strict) {
                    *known = arg.clone();
                }
            }
        }
        known.secret = secret;
    }
    merged
}

/// Gives every declared argument its value. Without `given` nothing is asked for: arguments without a
/// default are holes.
pub(crate) fn fill(
    declared: Vec<Declared>,
    given: Option<&GivenArgs>,
    template: Place,
    findings: &mut Findings,
) -> Args {
    let mut args = Args::default();
    for arg in &declared {
        let value = match given {
            Some(given) => given_value(arg, given, findings).unwrap_or(ArgValue::Hole),
            None => match (&arg.default, &arg.from) {
                (Some(text), None) => value_of(arg, text.reveal().clone(), false),
                (_, Some(_)) | (None, None) => ArgValue::Hole,
            },
        };
        if let ArgValue::Secret(text) = &value {
            args.secrets.add_all_forms(text);
        }
        args.values.insert(arg.name.clone(), value);
    }
    if let (Some(given), Mode::Strict) = (given, findings.mode()) {
        refuse_undeclared(&declared, given, template, findings);
    }
    args.declared = declared;
    args
}

fn given_value(arg: &Declared, given: &GivenArgs, findings: &mut Findings) -> Option<ArgValue> {
    let plain = given.value(&arg.name);
    let default = arg.default.as_ref().map(|default| default.reveal().as_str());
    let open = plain.or(default);
    let value = match &arg.from {
        Some(ValueFrom::Secret { secret, key }) => {
            return secret_value(arg, secret, key, given, findings).map(ArgValue::Secret);
        }
        Some(ValueFrom::Field) => plain,
        None => open,
    };
    let Some(value) = value.map(str::to_owned) else {
        let problem = ArgsProblem::NotSupplied { arg: arg.name.clone(), at: arg.at };
        findings.add(arg.source, problem);
        return None;
    };
    Some(value_of(arg, value, given.is_secret(&arg.name)))
}

/// The shortest value that a name such as `api-token` makes a secret; a shorter one is rather a setting,
/// and could not be taken out of other texts without tearing them.
const SECRET_BYTES_MIN: usize = 8;

fn value_of(arg: &Declared, value: String, from_secret: bool) -> ArgValue {
    let by_name = || {
        let number = value.parse::<f64>().is_ok();
        is_sensitive(&arg.name) && SECRET_BYTES_MIN <= value.len() && !number
    };
    if from_secret || arg.secret.unwrap_or_else(by_name) {
        ArgValue::Secret(value)
    } else {
        ArgValue::Plain(value)
    }
}

/// What the secret holds. A given value does not win over it, as in Argo Rollouts; it only helps out
/// where there is no such secret, for example offline.
fn secret_value(
    arg: &Declared,
    secret: &str,
    key: &str,
    given: &GivenArgs,
    findings: &mut Findings,
) -> Option<String> {
    let keys = given.secrets.get(secret);
    let plain = given.value(&arg.name);
    if let Some(value) = keys.and_then(|keys| keys.get(key)) {
        if plain.is_some() {
            findings.add(arg.source, Lint::SecretWins { arg: arg.name.clone(), at: arg.at });
        }
        return Some(value.reveal().clone());
    }
    if let (Some(plain), Mode::Strict) = (plain, findings.mode()) {
        return Some(plain.to_owned());
    }
    let (secret, key, at) = (secret.to_owned(), key.to_owned(), arg.at);
    let problem = match keys {
        None => ArgsProblem::SecretNotFound { arg: arg.name.clone(), secret, key, at },
        Some(keys) => {
            let names: Vec<&str> = keys.keys().map(String::as_str).collect();
            let help = match suggest(&key, names.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("the secret has {}", listed(&names)),
            };
            ArgsProblem::SecretKeyNotFound { secret, key, help, at }
        }
    };
    findings.add(arg.source, problem);
    None
}

/// An argument that nobody declares is dropped by Argo Rollouts without a word.
fn refuse_undeclared(
    declared: &[Declared],
    given: &GivenArgs,
    template: Place,
    findings: &mut Findings,
) {
    let names: BTreeSet<&str> = declared.iter().map(|arg| arg.name.as_str()).collect();
    for (name, arg) in &given.args {
        if names.contains(name.as_str()) {
            continue;
        }
        let help = undeclared_help(name, &names);
        let (arg, origin) = (name.clone(), arg.origin.to_string());
        let problem = ArgsProblem::Unknown { arg, origin, help, at: template.span };
        findings.add(template.source, problem);
    }
}

/// What to write instead of an argument that is not among `names`.
pub(crate) fn undeclared_help(name: &str, names: &BTreeSet<&str>) -> String {
    match suggest(name, names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if names.is_empty() => String::from("it declares none"),
        None => format!("it declares {}", listed(&names.iter().copied().collect::<Vec<_>>())),
    }
}

/// The names in backticks, the first few of them.
pub(crate) fn listed(names: &[&str]) -> String {
    const NAMES_MAX: usize = 8;
    let mut shown: Vec<String> =
        names.iter().take(NAMES_MAX).map(|name| format!("`{name}`")).collect();
    if NAMES_MAX < names.len() {
        shown.push(format!("{} more", names.len() - NAMES_MAX));
    }
    match shown.split_last() {
        None => String::from("nothing"),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
