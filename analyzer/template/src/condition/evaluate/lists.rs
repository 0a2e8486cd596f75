//! The built-in functions on lists and maps.

use std::collections::BTreeMap;

use super::super::builtin::Builtin;
use super::super::code::Comparison;
use super::super::value::{ItemsKind, Key, List, Map, Number, Value, show};
use super::access::get;
use super::functions::as_list;
use super::operators::compare;
use super::{Evaluation, Step, fault};

impl<'v> Evaluation<'v> {
    pub(super) fn list_function(
        &mut self,
        builtin: Builtin,
        arguments: &[Value<'v>],
    ) -> Step<Value<'v>> {
        use Builtin as B;
        match (builtin, arguments) {
            // What fails in `list[0]` gives nil here.
            (B::First, [list]) => Ok(first_or_last(list, 0)),
            (B::Last, [list]) => Ok(first_or_last(list, -1)),
            (B::Take, [list, count]) => self.take(list, count),
            (B::Keys | B::Values | B::ToPairs, [Value::Map(map)]) => self.entries(builtin, map),
            (B::FromPairs, [list]) => self.read_pairs(list),
            (B::Concat, lists) => self.concat(lists),
            (B::Reverse, [Value::List(list)]) => {
                self.grow(list.len() as u64)?;
                self.list(ItemsKind::Any, list.iter().rev().collect())
            }
            (B::Uniq, [Value::List(list)]) => self.uniq(list),
            (B::Flatten, [Value::List(list)]) => {
                let mut items = Vec::new();
                self.flatten(list, &mut items)?;
                self.grow(items.len() as u64)?;
                self.list(ItemsKind::Any, items)
            }
            (B::Sort, [list, order @ ..]) => self.sort_list(list, order.first()),
            (_, [value, ..]) => fault(format!("cannot {} {}", builtin.name(), value.type_name())),
            (_, []) => fault("invalid number of arguments (expected at least 1, got 0)"),
        }
    }

    fn take(&mut self, list: &Value<'v>, count: &Value<'v>) -> Step<Value<'v>> {
        let Value::List(list) = list else {
            return fault(format!("cannot take from {}", list.type_name()));
        };
        let count = match count {
            Value::Int(count)
            | Value::Int64(count)
            | Value::Duration(count)
            | Value::Month(count)
            | Value::Weekday(count) => *count,
            other => return fault(format!("cannot take {} elements", other.type_name())),
        };
        let Ok(count) = usize::try_from(count) else {
            return fault("reflect.Value.Slice: slice index out of bounds");
        };
        let to = count.min(list.len());
        self.hold(to.saturating_mul(size_of::<Value<'_>>()))?;
        Ok(Value::List(list.slice(0, to)))
    }

    fn entries(&mut self, builtin: Builtin, map: &Map<'v>) -> Step<Value<'v>> {
        self.work(map.len())?;
        self.hold(map.len().saturating_mul(2 * size_of::<Value<'_>>()))?;
        let entries = map.entries();
        match builtin {
            Builtin::Keys => {
                self.list(ItemsKind::Any, entries.into_iter().map(|(key, _)| key).collect())
            }
            Builtin::Values => {
                self.list(ItemsKind::Any, entries.into_iter().map(|(_, item)| item).collect())
            }
            _ => {
                let pairs = entries
                    .into_iter()
                    .map(|(key, item)| Value::List(List::made(ItemsKind::Pair, vec![key, item])))
                    .collect();
                self.list(ItemsKind::Pairs, pairs)
            }
        }
    }

    fn read_pairs(&mut self, list: &Value<'v>) -> Step<Value<'v>> {
        let Value::List(list) = list else {
            return fault(format!("cannot transform {} from pairs", show(list)));
        };
        let mut entries = BTreeMap::new();
        for (nth, pair) in list.iter().enumerate() {
            self.work(1)?;
            self.hold(4 * size_of::<Value<'_>>())?;
            let Value::List(pair) = pair else {
                return fault(format!("invalid pair {}", show(&pair)));
            };
            let (Some(key), Some(value), 2) = (pair.get(0), pair.get(1), pair.len()) else {
                return fault(format!("invalid pair length {}", show(&Value::List(pair))));
            };
            let place = match Key::of(&key, nth) {
                Ok(place) => place,
                Err(message) => return fault(message),
            };
            entries.insert(place, (key, value));
        }
        let map = Value::Map(Map::any(false, entries));
        self.shallow(map)
    }

    fn concat(&mut self, lists: &[Value<'v>]) -> Step<Value<'v>> {
        let mut items = Vec::new();
        for list in lists {
            let Some(list) = as_list(list) else {
                return fault(format!("cannot concat {}", list.type_name()));
            };
            self.hold(list.len().saturating_mul(size_of::<Value<'_>>()))?;
            items.extend(list.iter());
        }
        self.grow(items.len() as u64)?;
        if items.is_empty() {
            // Nothing was ever appended, so there is no list: it is nil as well as empty.
            return Ok(Value::List(List::Absent));
        }
        self.list(ItemsKind::Any, items)
    }

    fn uniq(&mut self, list: &List<'v>) -> Step<Value<'v>> {
        let mut items: Vec<Value<'v>> = Vec::new();
        for item in list.iter() {
            let mut steps = 0;
            let known =
                items.iter().any(|known| super::super::value::equal(&item, known, &mut steps));
            // Beyond the budget the answer means nothing, and this ends the evaluation.
            self.work(usize::try_from(steps).unwrap_or(usize::MAX))?;
            if !known {
                self.hold(size_of::<Value<'_>>())?;
                items.push(item);
            }
        }
        self.list(ItemsKind::Any, items)
    }

    fn flatten(&mut self, list: &List<'v>, items: &mut Vec<Value<'v>>) -> Step<()> {
        for item in list.iter() {
            self.work(1)?;
            match item {
                Value::List(inner) => self.flatten(&inner, items)?,
                item => {
                    self.hold(size_of::<Value<'_>>())?;
                    items.push(item);
                }
            }
        }
        Ok(())
    }

    fn sort_list(&mut self, list: &Value<'v>, order: Option<&Value<'v>>) -> Step<Value<'v>> {
        let descending = match order {
            None => false,
            Some(Value::Text(order)) if order.bytes() == b"asc" => false,
            Some(Value::Text(order)) if order.bytes() == b"desc" => true,
            Some(Value::Text(order)) => {
                return fault(format!("invalid order {}, expected asc or desc", order.lossy()));
            }
            Some(other) => {
                return fault(format!(
                    "sort order argument must be a string (got {})",
                    other.type_name()
                ));
            }
        };
        let list = match list {
            Value::List(list) if list.type_name() != "[]uint8" => list,
            // What is no list of a known type sorts into no list at all.
            _ => return Ok(Value::List(List::Absent)),
        };
        self.hold(list.len().saturating_mul(2 * size_of::<Value<'_>>()))?;
        let rows = list.iter().map(|item| (item, Value::Nil)).collect();
        let rows = self.sorted(rows, descending)?;
        self.grow(rows.len() as u64)?;
        self.list(ItemsKind::Any, rows.into_iter().map(|(item, _)| item).collect())
    }

    /// `max`, `min`, `mean`, `median` of numbers and lists of them.
    pub(super) fn aggregate(
        &mut self,
        builtin: Builtin,
        arguments: &[Value<'v>],
    ) -> Step<Value<'v>> {
        match builtin {
            Builtin::Max => self.extreme(builtin, Comparison::Less, arguments),
            Builtin::Min => self.extreme(builtin, Comparison::More, arguments),
            _ => {
                let mut numbers = Vec::new();
                for argument in arguments {
                    self.numbers(builtin, argument, &mut numbers)?;
                }
                Ok(Value::Float(if builtin == Builtin::Mean {
                    mean(&numbers)
                } else {
                    median(numbers)
                }))
            }
        }
    }

    fn numbers(&mut self, builtin: Builtin, value: &Value<'v>, numbers: &mut Vec<f64>) -> Step<()> {
        self.work(1)?;
        match value {
            Value::List(list) => {
                self.hold(list.len().saturating_mul(size_of::<f64>()))?;
                list.iter().try_for_each(|item| self.numbers(builtin, &item, numbers))
            }
            Value::Duration(value) | Value::Month(value) | Value::Weekday(value) => {
                numbers.push(Number::Int(*value).float());
                Ok(())
            }
            other => match other.number() {
                Some(number) => {
                    numbers.push(number.float());
                    Ok(())
                }
                None => invalid(builtin, other),
            },
        }
    }

    /// The value that no other is ahead of. NaN is ahead of nothing and behind nothing, so the order
    /// of the elements decides, as in the language.
    fn extreme(
        &mut self,
        builtin: Builtin,
        ahead: Comparison,
        arguments: &[Value<'v>],
    ) -> Step<Value<'v>> {
        let mut best: Option<Value<'v>> = None;
        for argument in arguments {
            let candidate = match argument {
                Value::List(list) => {
                    let typed = matches!(list, List::Floats(_) | List::Range { .. });
                    match self.extreme_of(builtin, ahead, list, typed, best.take())? {
                        Some(value) => {
                            best = Some(value);
                            continue;
                        }
                        None => continue,
                    }
                }
                Value::Duration(_) | Value::Month(_) | Value::Weekday(_) => argument.clone(),
                other if other.number().is_some() => argument.clone(),
                other if arguments.len() == 1 => return Ok(other.clone()),
                other => return invalid(builtin, other),
            };
            best = Some(better(ahead, best, candidate)?);
        }
        Ok(best.unwrap_or(Value::Nil))
    }

    /// The extreme of a list, together with the best one so far. Lists of one type are searched by
    /// themselves first, which makes a difference when there is a NaN.
    fn extreme_of(
        &mut self,
        builtin: Builtin,
        ahead: Comparison,
        list: &List<'v>,
        typed: bool,
        so_far: Option<Value<'v>>,
    ) -> Step<Option<Value<'v>>> {
        let mut best = if typed { None } else { so_far.clone() };
        for item in list.iter() {
            self.work(1)?;
            let candidate = match item {
                Value::List(inner) => match self.extreme(builtin, ahead, &[Value::List(inner)])? {
                    Value::Nil => continue,
                    value => value,
                },
                item if item.number().is_some() => item,
                other => return invalid(builtin, &other),
            };
            best = Some(better(ahead, best, candidate)?);
        }
        match (typed, so_far, best) {
            (true, Some(so_far), Some(best)) => better(ahead, Some(so_far), best).map(Some),
            (true, so_far, None) => Ok(so_far),
            (_, _, best) => Ok(best),
        }
    }
}

fn better<'v>(ahead: Comparison, best: Option<Value<'v>>, candidate: Value<'v>) -> Step<Value<'v>> {
    match best {
        Some(best) if !compare(ahead, &best, &candidate)? => Ok(best),
        Some(_) | None => Ok(candidate),
    }
}

fn invalid<T>(builtin: Builtin, value: &Value<'_>) -> Step<T> {
    fault(format!("invalid argument for {} (type {})", builtin.name(), value.type_name()))
}

fn first_or_last<'v>(list: &Value<'v>, place: i64) -> Value<'v> {
    match list {
        Value::List(_) | Value::Text(_) => get(list, &Value::Int(place)).unwrap_or(Value::Nil),
        Value::Map(map @ Map::Any(_)) => {
            map.get(&Value::Int(place)).ok().flatten().unwrap_or(Value::Nil)
        }
        _ => Value::Nil,
    }
}

fn mean(numbers: &[f64]) -> f64 {
    if numbers.is_empty() {
        return 0.0;
    }
    let total = numbers.iter().fold(0.0, |total, number| total + number);
    total / count(numbers.len())
}

fn median(mut numbers: Vec<f64>) -> f64 {
    let Some(middle) = numbers.len().checked_sub(1).map(|last| last / 2) else {
        return 0.0;
    };
    // NaN comes first, as in Go.
    numbers.sort_by(|a, b| {
        b.is_nan().cmp(&a.is_nan()).then(a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal))
    });
    match (numbers.get(middle), numbers.get(middle + 1), numbers.len() % 2) {
        (Some(low), Some(high), 0) => (low + high) / 2.0,
        (Some(low), _, _) => *low,
        (None, _, _) => 0.0,
    }
}

fn count(length: usize) -> f64 {
    Number::Int(i64::try_from(length).unwrap_or(i64::MAX)).float()
}

/// Sorts by a comparison that may fail and, because of NaN, need not be an order. Equal rows stay
/// as they were; up to twelve rows NaN ends where it ends in Go.
pub(super) fn sort_by<T>(
    mut rows: Vec<T>,
    less: impl Fn(&T, &T) -> Step<bool> + Copy,
) -> Step<Vec<T>> {
    const INSERTION_MAX: usize = 12;
    if rows.len() <= INSERTION_MAX {
        for end in 1..rows.len() {
            let mut at = end;
            while 0 < at && less(&rows[at], &rows[at - 1])? {
                rows.swap(at, at - 1);
                at -= 1;
            }
        }
        return Ok(rows);
    }
    let right = rows.split_off(rows.len() / 2);
    let left = sort_by(rows, less)?;
    let right = sort_by(right, less)?;
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if less(b, a)? { right.next() } else { left.next() };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}
