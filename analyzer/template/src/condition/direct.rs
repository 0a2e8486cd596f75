//! The common conditions, answered without the evaluator.
//!
//! Nearly every condition compares a number of the answer with a constant, perhaps behind a guard such
//! as `len(result) > 0` or `!isNaN(result[0])`. These are decided on plain doubles, in tens of
//! nanoseconds. Everything else, failures included, is left to the evaluator, which starts from the
//! beginning: no operation here has an effect, so the answer is the same either way.

use super::builtin::Builtin;
use super::code::{Code, CodeId, Exactly, Operation, Program};
use super::environment::Function;
use super::evaluate::ordered;
use super::value::{List, Number, Value};

/// Whole numbers below this, either way, are doubles without loss.
const EXACT_BELOW: i64 = 1 << 53;

impl Program {
    /// Whether the condition holds for `subject`; none when only the evaluator can tell.
    pub(super) fn direct(&self, subject: &Value<'_>) -> Option<bool> {
        Direct { program: self, subject }.truth(self.root)
    }
}

struct Direct<'d> {
    program: &'d Program,
    subject: &'d Value<'d>,
}

impl Direct<'_> {
    fn truth(&self, id: CodeId) -> Option<bool> {
        let code = self.program.code(id);
        if let Code::Threshold { left, comparison, limit, .. } = code {
            Some(ordered(*comparison, self.number(*left)?, *limit))
        } else if let Code::Operations { first, rest } = code {
            self.operations(*first, rest)
        } else if let Code::Not(operand) = code {
            Some(!self.truth(*operand)?)
        } else if let Code::CallFunction { function, arguments } = code {
            self.function(*function, arguments)
        } else if let Code::Constant(Value::Bool(value)) = code {
            Some(*value)
        } else {
            None
        }
    }

    /// A chain of `and` and `or`, which may begin with a comparison of two numbers.
    fn operations(&self, first: CodeId, rest: &[(Operation, CodeId)]) -> Option<bool> {
        let (mut left, rest) = match rest {
            [(Operation::Compare(comparison), right), rest @ ..] => {
                (ordered(*comparison, self.number(first)?, self.number(*right)?), rest)
            }
            [(Operation::Equal { exactly, negated }, right), rest @ ..] => {
                (self.equal(*exactly, first, *right)? != *negated, rest)
            }
            rest => (self.truth(first)?, rest),
        };
        for (operation, right) in rest {
            let decided = if *operation == Operation::And {
                !left
            } else if *operation == Operation::Or {
                left
            } else {
                return None;
            };
            if !decided {
                left = self.truth(*right)?;
            }
        }
        Some(left)
    }

    #[expect(clippy::float_cmp, reason = "a condition that says `==` means it")]
    fn equal(&self, exactly: Exactly, left: CodeId, right: CodeId) -> Option<bool> {
        let fits = match exactly {
            Exactly::No => true,
            Exactly::Ints => self.is_whole(left) && self.is_whole(right),
            Exactly::Texts => false,
        };
        if fits { Some(self.number(left)? == self.number(right)?) } else { None }
    }

    /// Whether it is a whole number at run time too.
    fn is_whole(&self, id: CodeId) -> bool {
        matches!(
            self.program.code(id),
            Code::Constant(Value::Int(_)) | Code::Builtin { builtin: Builtin::Len, .. }
        )
    }

    fn function(&self, function: Function, arguments: &[CodeId]) -> Option<bool> {
        let [argument] = arguments else { return None };
        match function {
            Function::IsNan => Some(self.number(*argument)?.is_nan()),
            Function::IsInf => Some(self.number(*argument)?.is_infinite()),
            Function::AsFloat | Function::AsInt | Function::Default | Function::IsNil => None,
        }
    }

    /// The number at `id` as a double, if that is one without loss.
    fn number(&self, id: CodeId) -> Option<f64> {
        let code = self.program.code(id);
        if let Code::Element(place) = code {
            let Value::List(List::Floats(items)) = self.subject else { return None };
            items.get(usize::try_from(*place).ok()?).copied()
        } else if let Code::Subject = code {
            if let Value::Float(value) = self.subject { Some(*value) } else { None }
        } else if let Code::Builtin { builtin: Builtin::Len, arguments } = code {
            self.length(arguments)
        } else if let Code::Constant(Value::Float(value)) = code {
            Some(*value)
        } else if let Code::Constant(Value::Int(value)) = code {
            exact(*value)
        } else {
            None
        }
    }

    /// The length of the answer; of nothing else.
    fn length(&self, arguments: &[CodeId]) -> Option<f64> {
        let ([argument], Value::List(List::Floats(items))) = (arguments, self.subject) else {
            return None;
        };
        let Code::Subject = self.program.code(*argument) else { return None };
        exact(i64::try_from(items.len()).ok()?)
    }
}

/// `value` as a double, if none is lost.
pub(super) fn exact(value: i64) -> Option<f64> {
    (-EXACT_BELOW < value && value < EXACT_BELOW).then(|| Number::Int(value).float())
}
