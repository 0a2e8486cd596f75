//! One metric of a template as a plan has it.

use std::time::Duration;

use crate::bind::compare::{Test, compared, criterion_of, refuse_others};
use crate::bind::policy::{Policies, policies};
use crate::bind::provider::provider;
use crate::bind::reader::{Field, Reader};
use crate::bind::rules::RETENTION;
use crate::bind::schedule::schedule;
use crate::lint;
use crate::plan::MetricPlan;
use crate::plan::compare::Sequential;
use crate::problem::MetricFault;
use crate::substitute::Language;
use crate::yaml::Node;

/// Bytes of a metric's name at most, as for names in Kubernetes.
pub const NAME_BYTES_MAX: usize = 253;

/// What could be read of a metric.
pub(crate) struct Bound {
    /// Its name, unless an argument leaves it open.
    pub(crate) name: Option<String>,
    /// What is known of its statistical criterion, if it has one.
    pub(crate) test: Option<Test>,
    /// The whole metric, unless something is wrong or open.
    pub(crate) plan: Option<MetricPlan>,
}

/// How long the run of a metric lasts, and what its criteria share.
pub(crate) struct Around<'s> {
    /// The run is ended after this.
    pub(crate) max_duration: Option<Duration>,
    /// For statistical criteria; none if a part of it is not known.
    pub(crate) sequential: Option<&'s Sequential>,
}

/// Reads the metric `node` of a template with the given `spec`.
pub(crate) fn metric(
    reader: &mut Reader<'_>,
    node: &Node,
    spec: &Node,
    around: &Around<'_>,
) -> Bound {
    reader.check_tags(node);
    let name = name(reader, node);
    let (schedule, policies, test, asked) = match criterion_of(node) {
        None => {
            let schedule = schedule(reader, node, around.max_duration);
            let policies = policies(reader, node, spec);
            (schedule, policies, None, provider(reader, node))
        }
        Some(criterion) => {
            refuse_others(reader, node, criterion);
            let policies = policies(reader, node, spec);
            let (schedule, test, asked) = compared(reader, node, criterion, around.sequential);
            (schedule, policies, test, asked)
        }
    };
    let Policies { on_no_data, on_error, on_inconclusive } = policies;
    let plan = asked.map(|(query, criterion)| MetricPlan {
        name: name.clone().unwrap_or_default(),
        interval: schedule.interval,
        initial_delay: schedule.initial_delay,
        count: schedule.count,
        limits: schedule.limits,
        criterion,
        query,
        dry_run: false,
        retention: RETENTION,
        on_no_data,
        on_error,
        on_inconclusive,
    });
    if let Some(plan) = &plan {
        lint::metric(reader, node, plan);
    }
    Bound { name, test, plan }
}

fn name(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = match reader.open_text(node, "name", Language::Text, "the name of a metric") {
        Field::Known(text) => text,
        Field::Absent | Field::Unknown => return None,
    };
    let (name, at) = (text.as_str().to_owned(), text.span());
    if name.trim().is_empty() {
        reader.fault(MetricFault::Name { cannot: String::from("be empty"), at });
    } else if name.chars().any(char::is_control) {
        let cannot = String::from("hold a line break or another control character");
        reader.fault(MetricFault::Name { cannot, at });
    } else if NAME_BYTES_MAX < name.len() {
        let cannot = format!("have {} bytes: {NAME_BYTES_MAX} are the most", name.len());
        reader.strict_fault(MetricFault::Name { cannot, at });
    }
    Some(name)
}
