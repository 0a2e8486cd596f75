//! `assay judge`: the judgement of Kayenta's `NetflixACAJudge-v1.0`, with or without its holes.
//!
//! Both judgements are always made: one is the answer, and where the other differs is said beside it.
//! So a team sees what strict mode would change before it turns it on, and what it changed after.

mod differences;
mod json;
mod request;
mod result;
mod text;

use std::io::Read;
use std::path::Path;

use assay_run::verdict::Decision;
use assay_stats::kayenta::{Class, Judgement, MetricPair, Mode, ScoreClass, judge as judged};

use assay_stats::kayenta::judge::InvalidJudgement;

use self::json::Fault;
use self::request::{REQUEST_BYTES_MAX, Request};
use self::result::CanaryJudgeResult;
use crate::arguments::{Judge, ReportFormat};
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::report::escape::line;
use crate::{print, say};

/// Faults shown at most.
const SHOWN_MAX: usize = 20;

/// Judges a request.
pub(crate) fn judge(options: &Judge) -> anyhow::Result<Exit> {
    let (name, bytes) = read(&options.file)?;
    let document = match json::parse(&bytes) {
        Ok(document) => document,
        Err(error) => {
            say(&format!("error: {name} is not JSON: {error}"));
            return Ok(Exit::Usage);
        }
    };
    let request = match Request::read(&document) {
        Ok(request) => request,
        Err(faults) => return Ok(refuse(&name, &faults)),
    };
    let mode = if options.strict { Mode::Strict } else { Mode::Compatible };
    if options.strict && !request.faults.is_empty() {
        return Ok(refuse(&name, &request.faults));
    }
    let (compatible, strict) = match both(&request) {
        Ok(judgements) => judgements,
        // Factors are checked while reading, so that this says nothing new.
        Err(error) => return Ok(refuse(&name, &[fault(&error)])),
    };
    let result = CanaryJudgeResult::of(&request, mode, &compatible, &strict);
    print(&match options.output {
        ReportFormat::Table => text::table(&result),
        ReportFormat::Json => serde_json::to_string_pretty(&result)? + "\n",
        ReportFormat::Yaml => serde_saphyr::to_string(&result)?,
        ReportFormat::Markdown => text::markdown(&result),
    })?;
    Ok(Exit::from(result.assay.verdict))
}

/// What a class of score tells a rollout to do.
fn decision(class: ScoreClass) -> Decision {
    match class {
        ScoreClass::Pass => Decision::Promote,
        ScoreClass::Marginal => Decision::Hold,
        ScoreClass::Fail => Decision::Abort,
    }
}

/// The judgement as Kayenta makes it, and the strict one.
fn both(request: &Request) -> Result<(Judgement, Judgement), InvalidJudgement> {
    let pairs: Vec<MetricPair<'_>> = request.pairs.iter().map(|p| p.as_metric_pair()).collect();
    let judge = |mode| judged(&pairs, &request.weights, request.thresholds, mode);
    let mut strict = judge(Mode::Strict)?;
    hold_when_blind(request, &mut strict);
    Ok((judge(Mode::Compatible)?, strict))
}

/// No data is never a pass: with a metric that could not be judged, the score is at most marginal.
///
/// The score leaves such a metric out, so that the others alone would promote.
fn hold_when_blind(request: &Request, judgement: &mut Judgement) {
    let blind = request.pairs.iter().zip(&judgement.results).find(|(pair, result)| {
        let missing = match result.class {
            Class::NoData | Class::NoDataFailMetric | Class::Error => true,
            Class::Pass | Class::High | Class::Low => false,
        };
        missing && !pair.settings.muted
    });
    if let Some((pair, _)) = blind
        && judgement.score.class == ScoreClass::Pass
    {
        judgement.score.class = ScoreClass::Marginal;
        let name = &pair.settings.name;
        judgement.score.reason = Some(format!("Canary Held: {name} could not be judged"));
    }
}

fn fault(error: &InvalidJudgement) -> Fault {
    Fault { path: String::from("canaryConfig.metrics"), message: error.to_string() }
}

/// Shows what is wrong with a file.
fn refuse(name: &str, faults: &[Fault]) -> Exit {
    for fault in faults.iter().take(SHOWN_MAX) {
        say(&format!("error: {name}: {} {}", line(&fault.path), line(&fault.message)));
    }
    if SHOWN_MAX < faults.len() {
        say(&format!("error: {name}: and {} more", faults.len() - SHOWN_MAX));
    }
    Exit::Usage
}

/// The name and the bytes of a file, or of standard input for `-`.
fn read(path: &Path) -> Result<(String, Vec<u8>), InputError> {
    let stdin = path == Path::new("-");
    let name = if stdin { String::from("<stdin>") } else { path.display().to_string() };
    let unreadable = |source| InputError::Unreadable { path: name.clone(), source };
    let mut bytes = Vec::new();
    // One byte more than allowed is enough to see that it is too much.
    let read = if stdin {
        std::io::stdin().take(REQUEST_BYTES_MAX + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(REQUEST_BYTES_MAX + 1).read_to_end(&mut bytes))
    };
    let length = read.map_err(unreadable)?;
    if u64::try_from(length).is_ok_and(|length| length <= REQUEST_BYTES_MAX) {
        return Ok((name, bytes));
    }
    let problem = format!("has more than {REQUEST_BYTES_MAX} bytes");
    Err(InputError::NotText { path: name, problem, help: String::from("; judge fewer at once") })
}
