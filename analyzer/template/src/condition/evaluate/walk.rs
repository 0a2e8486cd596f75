//! Walks over lists.

use std::collections::BTreeMap;

use super::super::builtin::Builtin;
use super::super::code::{Code, Comparison, Walk};
use super::super::value::{ItemsKind, Key, List, Map, Value};
use super::lists::sort_by;
use super::operators::{compare, ordered};
use super::{Evaluation, Step, Walking, fault, truth};

impl<'v> Evaluation<'v> {
    pub(super) fn walk(&mut self, walk: &'v Walk) -> Step<Value<'v>> {
        let list = match self.value(walk.list)? {
            Value::List(list) => list,
            other => return self.walk_other(walk, &other),
        };
        // The walk around this one waits until it is over.
        let inner = Walking { item: Value::Nil, index: 0, accumulator: Value::Nil };
        let outer = std::mem::replace(&mut self.walking, inner);
        let value = self.walk_list(walk, &list);
        self.walking = outer;
        value
    }

    /// Texts and maps have a length, so that an empty one is walked over without complaint.
    fn walk_other(&mut self, walk: &'v Walk, other: &Value<'v>) -> Step<Value<'v>> {
        let empty = match other {
            Value::Text(text) => text.bytes().is_empty(),
            Value::Map(map) => map.len() == 0,
            _ => false,
        };
        if empty {
            return self.walk_list(walk, &List::Absent);
        }
        if let Value::Text(text) = other {
            let bytes = List::Bytes(text.bytes().into());
            let outer = std::mem::replace(
                &mut self.walking,
                Walking { item: Value::Nil, index: 0, accumulator: Value::Nil },
            );
            let value = self.walk_list(walk, &bytes);
            self.walking = outer;
            return value;
        }
        fault(format!("reflect: call of reflect.Value.Len on {} Value", other.type_name()))
    }

    fn walk_list(&mut self, walk: &'v Walk, list: &List<'v>) -> Step<Value<'v>> {
        match walk.builtin {
            Builtin::All => self.every(walk, list, true).map(Value::Bool),
            Builtin::None => self.every(walk, list, false).map(Value::Bool),
            Builtin::Any => self.some(walk, list).map(Value::Bool),
            Builtin::One => {
                let count = self.count(walk, list)?;
                Ok(Value::Bool(count == 1))
            }
            Builtin::Count => self.count(walk, list).map(Value::Int),
            Builtin::Filter => self.filter(walk, list),
            Builtin::Map => self.map_list(walk, list),
            Builtin::Sum => self.sum(walk, list),
            Builtin::Find | Builtin::FindLast | Builtin::FindIndex | Builtin::FindLastIndex => {
                self.find(walk, list)
            }
            Builtin::GroupBy => self.group(walk, list),
            Builtin::SortBy => self.sort(walk, list),
            Builtin::Reduce => self.reduce(walk, list),
            other => fault(format!("unknown builtin {}", other.name())),
        }
    }

    /// Makes the element at `place` the one that `#` is.
    fn go_to(&mut self, list: &List<'v>, place: usize) {
        self.walking.item = list.get(place).unwrap_or(Value::Nil);
        self.walking.index = i64::try_from(place).unwrap_or(i64::MAX);
    }

    /// What the predicate says of the element at `place`; without one, the element itself.
    fn ask(&mut self, walk: &Walk, list: &List<'v>, place: usize) -> Step<Value<'v>> {
        self.go_to(list, place);
        match walk.body {
            Some(body) => self.value(body),
            None => Ok(self.walking.item.clone()),
        }
    }

    fn holds(&mut self, walk: &Walk, list: &List<'v>, place: usize) -> Step<bool> {
        let value = self.ask(walk, list, place)?;
        truth(&value)
    }

    /// A predicate that compares `#` with a number, over doubles: by far the most common one, which
    /// needs no instruction for each element.
    fn plain<'l>(&mut self, walk: &Walk, list: &List<'l>) -> Step<Option<Plain<'l>>> {
        let (List::Floats(floats), Some(body)) = (list, walk.body) else {
            return Ok(None);
        };
        let Code::Threshold { left, comparison, limit, .. } = self.program.code(body) else {
            return Ok(None);
        };
        if !matches!(self.program.code(*left), Code::Item) {
            return Ok(None);
        }
        self.work(floats.len())?;
        Ok(Some(Plain { floats, comparison: *comparison, limit: *limit }))
    }

    fn every(&mut self, walk: &Walk, list: &List<'v>, wanted: bool) -> Step<bool> {
        if let Some(plain) = self.plain(walk, list)? {
            return Ok(plain.answers().all(|answer| answer == wanted));
        }
        for place in 0..list.len() {
            if self.holds(walk, list, place)? != wanted {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn some(&mut self, walk: &Walk, list: &List<'v>) -> Step<bool> {
        if let Some(plain) = self.plain(walk, list)? {
            return Ok(plain.answers().any(|answer| answer));
        }
        for place in 0..list.len() {
            if self.holds(walk, list, place)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn count(&mut self, walk: &Walk, list: &List<'v>) -> Step<i64> {
        let mut count = 0;
        for place in 0..list.len() {
            count += i64::from(self.holds(walk, list, place)?);
            if walk.enough == Some(count) {
                break;
            }
        }
        Ok(count)
    }

    /// The element at hand, or what it is mapped to.
    fn hit(&mut self, walk: &Walk) -> Step<Value<'v>> {
        match walk.mapped {
            Some(mapped) => self.value(mapped),
            None => Ok(self.walking.item.clone()),
        }
    }

    fn filter(&mut self, walk: &Walk, list: &List<'v>) -> Step<Value<'v>> {
        let mut items = Vec::new();
        for place in 0..list.len() {
            if self.holds(walk, list, place)? {
                let hit = self.hit(walk)?;
                self.hold(size_of::<Value<'_>>())?;
                items.push(hit);
            }
        }
        self.grow(items.len() as u64)?;
        self.list(ItemsKind::Any, items)
    }

    fn map_list(&mut self, walk: &Walk, list: &List<'v>) -> Step<Value<'v>> {
        let mut items = Vec::new();
        for place in 0..list.len() {
            let value = self.ask(walk, list, place)?;
            self.hold(size_of::<Value<'_>>())?;
            items.push(value);
        }
        self.grow(items.len() as u64)?;
        self.list(ItemsKind::Any, items)
    }

    fn sum(&mut self, walk: &Walk, list: &List<'v>) -> Step<Value<'v>> {
        if let (List::Floats(floats @ [_, ..]), None) = (list, walk.body) {
            self.work(floats.len())?;
            return Ok(Value::Float(floats.iter().fold(0.0, |sum, item| item + sum)));
        }
        let mut sum = Value::Int(0);
        for place in 0..list.len() {
            let value = self.ask(walk, list, place)?;
            sum = self.add(&value, &sum)?;
            self.work(1)?;
        }
        Ok(sum)
    }

    fn find(&mut self, walk: &Walk, list: &List<'v>) -> Step<Value<'v>> {
        let backwards = matches!(walk.builtin, Builtin::FindLast | Builtin::FindLastIndex);
        let wants_index = matches!(walk.builtin, Builtin::FindIndex | Builtin::FindLastIndex);
        for nth in 0..list.len() {
            let place = if backwards { list.len() - 1 - nth } else { nth };
            if self.holds(walk, list, place)? {
                return if wants_index { Ok(Value::length(place)) } else { self.hit(walk) };
            }
        }
        if walk.throws { fault("reflect: slice index out of range") } else { Ok(Value::Nil) }
    }

    fn group(&mut self, walk: &Walk, list: &List<'v>) -> Step<Value<'v>> {
        let mut groups: BTreeMap<Key<'v>, (Value<'v>, Vec<Value<'v>>)> = BTreeMap::new();
        for place in 0..list.len() {
            let name = self.ask(walk, list, place)?;
            let key = match Key::of(&name, place) {
                Ok(key) => key,
                Err(message) => return fault(message),
            };
            // A new group is an entry of a map and a list of its own, about sixteen values of room.
            let values = if groups.contains_key(&key) { 2 } else { 16 };
            self.hold(values * size_of::<Value<'_>>())?;
            let item = self.walking.item.clone();
            groups.entry(key).or_insert_with(|| (name, Vec::new())).1.push(item);
        }
        let entries = groups
            .into_iter()
            .map(|(key, (name, items))| {
                (key, (name, Value::List(List::made(ItemsKind::Any, items))))
            })
            .collect();
        let map = Value::Map(Map::any(true, entries));
        self.shallow(map)
    }

    fn sort(&mut self, walk: &Walk, list: &List<'v>) -> Step<Value<'v>> {
        // The order is computed inside the walk, where `#` is the first element.
        self.go_to(list, 0);
        let descending = match walk.extra {
            None => false,
            Some(order) => match self.value(order)? {
                Value::Text(order) if order.bytes() == b"asc" => false,
                Value::Text(order) if order.bytes() == b"desc" => true,
                Value::Text(_) => return fault("unknown order, use asc or desc"),
                _ => return fault("sortBy order argument must be a string"),
            },
        };
        let mut rows = Vec::new();
        for place in 0..list.len() {
            let by = self.ask(walk, list, place)?;
            self.hold(2 * size_of::<Value<'_>>())?;
            rows.push((by, self.walking.item.clone()));
        }
        let rows = self.sorted(rows, descending)?;
        self.grow(rows.len() as u64)?;
        self.list(ItemsKind::Any, rows.into_iter().map(|(_, item)| item).collect())
    }

    /// Rows in the order of their first halves.
    pub(super) fn sorted(
        &mut self,
        rows: Vec<(Value<'v>, Value<'v>)>,
        descending: bool,
    ) -> Step<Vec<(Value<'v>, Value<'v>)>> {
        let length = rows.len();
        let levels = usize::try_from(length.max(1).ilog2()).unwrap_or(64) + 1;
        self.work(length.saturating_mul(levels))?;
        sort_by(rows, |a, b| {
            if descending {
                compare(Comparison::Less, &b.0, &a.0)
            } else {
                compare(Comparison::Less, &a.0, &b.0)
            }
        })
    }

    fn reduce(&mut self, walk: &Walk, list: &List<'v>) -> Step<Value<'v>> {
        let start = match walk.extra {
            Some(first) => {
                // It is computed inside the walk, where `#` is the first element.
                self.go_to(list, 0);
                self.walking.accumulator = self.value(first)?;
                0
            }
            None if list.len() == 0 => {
                return fault("reduce of empty array with no initial value");
            }
            None => {
                self.go_to(list, 0);
                self.walking.accumulator = self.walking.item.clone();
                1
            }
        };
        for place in start..list.len() {
            self.walking.accumulator = self.ask(walk, list, place)?;
        }
        Ok(std::mem::replace(&mut self.walking.accumulator, Value::Nil))
    }
}

/// Doubles, each to be compared with one number.
struct Plain<'l> {
    floats: &'l [f64],
    comparison: Comparison,
    limit: f64,
}

impl Plain<'_> {
    fn answers(&self) -> impl Iterator<Item = bool> {
        self.floats.iter().map(|item| ordered(self.comparison, *item, self.limit))
    }
}
