//! Looking things up in memory.

use assay_run::state::Phase;

use super::{Memory, Run};
use crate::catalog::{Schedule, TemplateVersion};
use crate::delivery::{Delivery, DeliveryState};
use crate::ledger::{Done, Lookup};
use crate::query::{Cursor, Filter, Page};
use crate::record::{ContentHash, RunId, RunView};

impl Run {
    fn view(&self) -> RunView {
        let phase = match &self.verdict {
            Some((verdict, _)) => verdict.phase,
            None if self.count == 0 => Phase::Pending,
            None => Phase::Running,
        };
        RunView {
            record: self.record.clone(),
            phase,
            verdict: self.verdict.clone(),
            overrides: self.overrides.clone(),
        }
    }
}

fn fits(filter: &Filter, run: &RunView) -> bool {
    let Filter { tenant, phase, decision, template, rollout, since } = filter;
    let record = &run.record;
    let asker = record.rollout.as_ref().map(|it| (it.namespace.clone(), it.name.clone()));
    tenant.as_ref().is_none_or(|tenant| *tenant == record.tenant)
        && phase.is_none_or(|phase| phase == run.phase)
        && decision.is_none_or(|decision| {
            run.verdict.as_ref().is_some_and(|(verdict, _)| verdict.decision == decision)
        })
        && template.as_ref().is_none_or(|template| *template == record.template)
        && (rollout.is_none() || *rollout == asker)
        && since.is_none_or(|since| since <= record.created_at)
}

impl Lookup for Memory {
    fn run(&self, run: RunId) -> Done<Option<RunView>> {
        let found = self.ids.get(&run).and_then(|number| self.runs.get(number));
        Ok(found.map(Run::view))
    }

    fn list(&self, filter: &Filter, after: Option<Cursor>, limit: usize) -> Done<Page> {
        let end = after.map_or(u64::MAX, |cursor| cursor.0);
        let older = self.runs.range(..end).rev().map(|(number, run)| (*number, run.view()));
        let mut found = older.filter(|(_, run)| fits(filter, run));
        let page: Vec<(u64, RunView)> = found.by_ref().take(limit).collect();
        let last = page.last().map(|(number, _)| Cursor(*number));
        let next = last.filter(|_| found.next().is_some());
        Ok(Page { runs: page.into_iter().map(|(_, run)| run).collect(), next })
    }

    fn deliveries(&self, run: RunId) -> Done<Vec<Delivery>> {
        Ok(self.deliveries.values().filter(|delivery| delivery.run == run).cloned().collect())
    }

    fn dead(&self, tenant: Option<&str>, limit: usize) -> Done<Vec<Delivery>> {
        let dead = |delivery: &&Delivery| {
            delivery.state == DeliveryState::Dead
                && tenant.is_none_or(|tenant| tenant == delivery.tenant)
        };
        Ok(self.deliveries.values().rev().filter(dead).take(limit).cloned().collect())
    }

    fn template(
        &self,
        tenant: &str,
        name: &str,
        version: Option<u32>,
    ) -> Done<Option<TemplateVersion>> {
        let versions = self.templates.get(&(tenant.to_owned(), name.to_owned()));
        let found = versions.and_then(|versions| match version {
            Some(version) => versions.iter().find(|it| it.version == version),
            None => versions.last(),
        });
        Ok(found.cloned())
    }

    fn templates(&self, tenant: &str) -> Done<Vec<TemplateVersion>> {
        let newest = self.templates.values().filter_map(|versions| versions.last());
        Ok(newest.filter(|version| version.tenant == tenant).cloned().collect())
    }

    fn text(&self, hash: ContentHash) -> Done<Option<String>> {
        Ok(self.texts.get(&hash).cloned())
    }

    fn schedules(&self) -> Done<Vec<Schedule>> {
        Ok(self.schedules.values().cloned().collect())
    }
}
