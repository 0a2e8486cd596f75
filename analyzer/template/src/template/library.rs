//! Templates that go together.
//!
//! The order is that of Argo Rollouts: a template comes before those it refers to, those of the
//! namespace come before those of the cluster, and one reached twice is kept once. Unlike there, a
//! template that reaches itself is a problem and not the end of the process.

use std::collections::BTreeSet;

use crate::bind::findings::Findings;
use crate::plan::Mode;
use crate::problem::NestingProblem;
use crate::shape::suggest;
use crate::template::{Reference, Scope, Template};

/// References followed one after the other at most.
const TEMPLATES_DEPTH_MAX: usize = 200;

/// Templates that may refer to each other, by place in the list.
#[derive(Debug)]
pub(crate) struct Library<'t, 'a> {
    templates: &'t [Template<'a>],
}

/// Where a name has to be the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    /// In all texts together.
    AllTexts,
    /// In each text.
    EachText,
}

impl<'t, 'a> Library<'t, 'a> {
    pub(crate) fn new(templates: &'t [Template<'a>]) -> Self {
        Self { templates }
    }

    /// Reports templates that share a name: of all texts where they are put together, or `within` each
    /// text where many are looked through that never meet.
    pub(crate) fn refuse_duplicates(&self, within: Within, findings: &mut Findings) {
        let mut seen = BTreeSet::new();
        for template in self.templates {
            let kind = template.scope.kind();
            let text = match within {
                Within::AllTexts => None,
                Within::EachText => Some(template.source),
            };
            if !template.name.is_empty() && !seen.insert((kind, text, template.name.as_str())) {
                let (name, at) = (template.name.clone(), template.at);
                findings.add(template.source, NestingProblem::DuplicateTemplate { kind, name, at });
            }
        }
    }

    /// Every template that `root` leads to, itself included.
    pub(crate) fn reachable(&self, root: usize) -> Vec<usize> {
        let mut walk = Walk { library: self, path: Vec::new(), order: Vec::new() };
        walk.visit(root, &mut Findings::new(Mode::Strict));
        walk.order
    }

    pub(crate) fn template(&self, index: usize) -> Option<&'t Template<'a>> {
        self.templates.get(index)
    }

    /// The templates called `names`; those of a namespace before those of the cluster and runs.
    pub(crate) fn named(&self, names: &[String]) -> Result<Vec<usize>, Vec<NestingProblem>> {
        let mut roots = Vec::new();
        let mut problems = Vec::new();
        for name in names {
            let found = [Scope::Namespace, Scope::Cluster, Scope::Run]
                .into_iter()
                .find_map(|scope| self.position(name, scope));
            match found {
                Some(index) => roots.push(index),
                None => problems.push(NestingProblem::UnknownRoot {
                    name: name.clone(),
                    help: self.help(name, |_| true),
                }),
            }
        }
        if problems.is_empty() { Ok(roots) } else { Err(problems) }
    }

    /// The templates that no other one refers to; all of them, if they go round in circles.
    pub(crate) fn roots(&self) -> Vec<usize> {
        let mut referred = BTreeSet::new();
        for (index, template) in self.templates.iter().enumerate() {
            let targets = template.references.iter().filter_map(|reference| self.target(reference));
            referred.extend(targets.filter(|target| *target != index));
        }
        let all = 0..self.templates.len();
        let roots: Vec<usize> = all.clone().filter(|index| !referred.contains(index)).collect();
        if roots.is_empty() { all.collect() } else { roots }
    }

    /// `roots` and all they refer to, in the order of Argo Rollouts.
    pub(crate) fn flatten(
        &self,
        roots: &[usize],
        findings: &mut Findings,
    ) -> Vec<&'t Template<'a>> {
        let mut walk = Walk { library: self, path: Vec::new(), order: Vec::new() };
        for root in roots {
            walk.visit(*root, findings);
        }
        let templates = walk.order.iter().filter_map(|index| self.template(*index));
        let (cluster, rest): (Vec<_>, Vec<_>) =
            templates.partition(|template| template.scope == Scope::Cluster);
        rest.into_iter().chain(cluster).collect()
    }

    fn target(&self, reference: &Reference) -> Option<usize> {
        let scope = if reference.cluster { Scope::Cluster } else { Scope::Namespace };
        self.position(&reference.name, scope)
    }

    fn position(&self, name: &str, scope: Scope) -> Option<usize> {
        self.templates.iter().position(|known| known.scope == scope && known.name == name)
    }

    fn help(&self, name: &str, wanted: impl Fn(Scope) -> bool) -> String {
        let known = self.templates.iter().filter(|template| wanted(template.scope));
        let names: Vec<&str> = known.map(|template| template.name.as_str()).collect();
        match suggest(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known here: {}", crate::args::listed(&names)),
        }
    }

    fn not_found(&self, reference: &Reference) -> NestingProblem {
        let scope = if reference.cluster { Scope::Cluster } else { Scope::Namespace };
        let other = if reference.cluster { Scope::Namespace } else { Scope::Cluster };
        let help = match self.position(&reference.name, other) {
            Some(_) => format!(
                "there is a {} of that name: {} `clusterScope: true`",
                other.kind(),
                if reference.cluster { "drop" } else { "add" }
            ),
            None => format!(
                "hand over the file it is in as well; {}",
                self.help(&reference.name, |known| known == scope)
            ),
        };
        let (name, at) = (reference.name.clone(), reference.at);
        NestingProblem::UnknownTemplate { kind: scope.kind(), name, help, at }
    }
}

struct Walk<'l, 't, 'a> {
    library: &'l Library<'t, 'a>,
    /// The templates on the way from the root.
    path: Vec<usize>,
    /// The templates met, in the order met.
    order: Vec<usize>,
}

impl Walk<'_, '_, '_> {
    fn visit(&mut self, index: usize, findings: &mut Findings) {
        let Some(template) = self.library.template(index) else { return };
        if self.order.contains(&index) {
            return;
        }
        self.order.push(index);
        self.path.push(index);
        for reference in &template.references {
            match self.library.target(reference) {
                None => findings.add(template.source, self.library.not_found(reference)),
                Some(target) if self.path.contains(&target) => {
                    let (path, at) = (self.circle(target), reference.at);
                    findings.add(template.source, NestingProblem::Cycle { path, at });
                }
                Some(_) if TEMPLATES_DEPTH_MAX <= self.path.len() => {
                    let (depth_max, at) = (TEMPLATES_DEPTH_MAX, reference.at);
                    findings.add(template.source, NestingProblem::TooDeep { depth_max, at });
                }
                Some(target) => self.visit(target, findings),
            }
        }
        self.path.pop();
    }

    /// The way from `target` back to it, as `a -> b -> a`.
    fn circle(&self, target: usize) -> String {
        let circle = self.path.iter().skip_while(|index| **index != target);
        let templates = circle.chain([&target]).filter_map(|index| self.library.template(*index));
        let names: Vec<&str> = templates.map(|template| template.name.as_str()).collect();
        names.join(" -> ")
    }
}
