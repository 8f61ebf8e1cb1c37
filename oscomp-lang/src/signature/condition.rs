use super::{OptionSignature, OptionType};
use crate::value::Value;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprLit, Lit, LitStr, Token, UnOp};

/// A condition across the options of one instance: `minimum <= maximum`.
///
/// The expression knows integers, comparison, arithmetic and the boolean operators; sizes count in
/// bytes, durations in nanoseconds.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What has to hold.
    pub expression: Expr,
    /// What it means to a person, as a sentence without a full stop.
    pub message: String,
    /// Names of the options that it mentions, as in `system.kdl`.
    pub options: Vec<String>,
    /// Where the expression stands.
    pub span: Span,
}

impl Condition {
    pub(super) fn read(input: ParseStream<'_>, options: &[OptionSignature]) -> syn::Result<Self> {
        let expression: Expr = input.parse()?;
        input.parse::<Token![,]>()?;
        let message = input.parse::<LitStr>()?.value();
        let _: Option<Token![,]> = input.parse()?;
        let mut mentioned = Vec::new();
        of_kind(&expression, Kind::Truth, options, &mut mentioned)?;
        Ok(Self { span: expression.span(), expression, message, options: mentioned })
    }

    /// Whether the condition holds; none when it divides by zero or overflows.
    ///
    /// `value` gives an option by its name in `system.kdl`. An option that nobody set makes every
    /// condition that mentions it hold.
    #[must_use]
    pub fn holds<'a>(&self, value: impl Fn(&str) -> Option<&'a Value>) -> Option<bool> {
        let mut absent = false;
        for name in &self.options {
            absent |= matches!(value(name), None | Some(Value::None));
        }
        if absent {
            return Some(true);
        }
        evaluate(&self.expression, &value).map(|number| number != 0)
    }

    /// The condition as a constant Rust expression over `self`, which is a reference to the options.
    #[must_use]
    pub fn tokens(&self, options: &[OptionSignature]) -> TokenStream {
        let mut present = Vec::new();
        for option in options.iter().filter(|option| self.options.contains(&option.name)) {
            if matches!(option.ty, OptionType::Optional(_)) {
                let ident = &option.ident;
                present.push(quote!(self.#ident.is_none()));
            }
        }
        let expression = lower(&self.expression, options);
        quote!(#(#present ||)* #expression)
    }
}

fn named<'a>(expression: &Expr, options: &'a [OptionSignature]) -> Option<&'a OptionSignature> {
    let Expr::Path(path) = expression else { return None };
    let ident = path.path.get_ident()?;
    options.iter().find(|option| option.ident == *ident)
}

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Truth,
}

/// Whether it is an expression that means the same here and to rustc; collects the options in it.
fn verify(expression: &Expr, options: &[OptionSignature], mentioned: &mut Vec<String>) -> syn::Result<Kind> {
    match expression {
        Expr::Paren(inner) => verify(&inner.expr, options, mentioned),
        Expr::Unary(unary) => {
            let kind = match unary.op {
                UnOp::Not(_) => Kind::Truth,
                UnOp::Neg(_) => Kind::Number,
                _ => return Err(syn::Error::new_spanned(expression, GRAMMAR)),
            };
            of_kind(&unary.expr, kind, options, mentioned)
        }
        Expr::Binary(binary) => {
            let (left, right) = (&binary.left, &binary.right);
            let (operand, result) = match binary.op {
                BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_) => {
                    (Kind::Number, Kind::Number)
                }
                BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => (Kind::Number, Kind::Truth),
                BinOp::And(_) | BinOp::Or(_) => (Kind::Truth, Kind::Truth),
                BinOp::Eq(_) | BinOp::Ne(_) => {
                    let kind = verify(left, options, mentioned)?;
                    of_kind(right, kind, options, mentioned)?;
                    return Ok(Kind::Truth);
                }
                _ => return Err(syn::Error::new_spanned(expression, GRAMMAR)),
            };
            of_kind(left, operand, options, mentioned)?;
            of_kind(right, operand, options, mentioned)?;
            Ok(result)
        }
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => {
            literal.base10_parse::<i128>()?;
            Ok(Kind::Number)
        }
        Expr::Lit(ExprLit { lit: Lit::Bool(_), .. }) => Ok(Kind::Truth),
        Expr::Path(_) => {
            let option = named(expression, options)
                .ok_or_else(|| syn::Error::new_spanned(expression, "expected one of the options"))?;
            let kind = match option.scalar() {
                OptionType::Bool => Kind::Truth,
                OptionType::Integer(_) | OptionType::Bytes | OptionType::Duration => Kind::Number,
                _ => {
                    return Err(syn::Error::new_spanned(
                        expression,
                        "expected an option that is a number, a size, a duration or a boolean",
                    ));
                }
            };
            if !mentioned.contains(&option.name) {
                mentioned.push(option.name.clone());
            }
            Ok(kind)
        }
        other => Err(syn::Error::new_spanned(other, GRAMMAR)),
    }
}

const GRAMMAR: &str = "expected options, integers, comparisons, arithmetic and `&&`, `||`, `!`";

fn of_kind(
    expression: &Expr,
    kind: Kind,
    options: &[OptionSignature],
    mentioned: &mut Vec<String>,
) -> syn::Result<Kind> {
    if verify(expression, options, mentioned)? == kind {
        return Ok(kind);
    }
    Err(syn::Error::new_spanned(
        expression,
        match kind {
            Kind::Number => "expected a number, found what is true or false",
            Kind::Truth => "expected a comparison or a boolean, found a number",
        },
    ))
}

fn evaluate<'a>(expression: &Expr, value: &impl Fn(&str) -> Option<&'a Value>) -> Option<i128> {
    match expression {
        Expr::Paren(inner) => evaluate(&inner.expr, value),
        Expr::Unary(unary) => {
            let operand = evaluate(&unary.expr, value)?;
            match unary.op {
                UnOp::Not(_) => Some(i128::from(operand == 0)),
                _ => operand.checked_neg(),
            }
        }
        Expr::Binary(binary) => {
            let left = evaluate(&binary.left, value)?;
            match (&binary.op, left) {
                (BinOp::And(_), 0) => return Some(0),
                (BinOp::Or(_), 1) => return Some(1),
                _ => {}
            }
            let right = evaluate(&binary.right, value)?;
            match &binary.op {
                BinOp::Add(_) => left.checked_add(right),
                BinOp::Sub(_) => left.checked_sub(right),
                BinOp::Mul(_) => left.checked_mul(right),
                BinOp::Div(_) => left.checked_div(right),
                BinOp::Rem(_) => left.checked_rem(right),
                BinOp::And(_) | BinOp::Or(_) => Some(right),
                BinOp::Eq(_) => Some(i128::from(left == right)),
                BinOp::Ne(_) => Some(i128::from(left != right)),
                BinOp::Lt(_) => Some(i128::from(left < right)),
                BinOp::Le(_) => Some(i128::from(left <= right)),
                BinOp::Gt(_) => Some(i128::from(left > right)),
                BinOp::Ge(_) => Some(i128::from(left >= right)),
                _ => None,
            }
        }
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => literal.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Bool(literal), .. }) => Some(i128::from(literal.value)),
        Expr::Path(path) => {
            let name = super::kebab_case(&path.path.get_ident()?.to_string());
            value(&name)?.number()
        }
        _ => None,
    }
}

fn lower(expression: &Expr, options: &[OptionSignature]) -> TokenStream {
    match expression {
        Expr::Paren(inner) => {
            let inner = lower(&inner.expr, options);
            quote!((#inner))
        }
        Expr::Unary(unary) => {
            let (operator, operand) = (&unary.op, lower(&unary.expr, options));
            quote!(#operator #operand)
        }
        Expr::Binary(binary) => {
            let (left, operator, right) =
                (lower(&binary.left, options), &binary.op, lower(&binary.right, options));
            quote!(#left #operator #right)
        }
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => {
            let digits = proc_macro2::Literal::i128_suffixed(literal.base10_parse().unwrap_or_default());
            quote!(#digits)
        }
        Expr::Path(_) => match named(expression, options) {
            Some(option) => lower_option(option),
            None => quote!(#expression),
        },
        other => quote!(#other),
    }
}

fn lower_option(option: &OptionSignature) -> TokenStream {
    let ident = &option.ident;
    let field = if matches!(option.ty, OptionType::Optional(_)) {
        quote!(match self.#ident { Some(value) => value, None => unreachable!() })
    } else {
        quote!(self.#ident)
    };
    match option.scalar() {
        OptionType::Bool => field,
        OptionType::Bytes => quote!(((#field).get() as i128)),
        OptionType::Duration => quote!(((#field).as_nanos() as i128)),
        _ => quote!(((#field) as i128)),
    }
}

#[cfg(test)]
mod tests {
    use crate::signature::OptionsSignature;
    use crate::value::Value;
    use syn::ItemStruct;

    /// The options with one condition, or what is wrong with it.
    fn read(condition: &str) -> Result<OptionsSignature, String> {
        let source = format!(
            "#[options(require({condition}, \"it has to\"))]
            pub struct Options {{
                pub least: u32,
                pub most: Option<i64>,
                pub size: Bytes,
                pub patience: Duration,
                pub loud: bool,
                pub name: &'static str,
            }}"
        );
        let item: ItemStruct = syn::parse_str(&source).map_err(|error| error.to_string())?;
        OptionsSignature::read(&item).map_err(|error| error.to_string())
    }

    fn holds(condition: &str, most: Value) -> Option<bool> {
        let options = read(condition).unwrap();
        let values = [
            ("least", Value::Integer(3)),
            ("most", most),
            ("size", Value::Bytes(4096)),
            ("patience", Value::Duration(std::time::Duration::from_millis(2))),
            ("loud", Value::Bool(true)),
        ];
        options.conditions[0]
            .holds(|name| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value))
    }

    #[test]
    fn conditions_are_evaluated() {
        for (condition, expected) in [
            ("least <= most", Some(true)),
            ("least > most", Some(false)),
            ("size == 4096 && patience == 2000000", Some(true)),
            ("!loud || least == 3", Some(true)),
            ("loud == (least == 4)", Some(false)),
            ("-least + 2 * most == 17", Some(true)),
            ("(1 + 2) * most == 30", Some(true)),
            ("most / (least - 3) == 0", None),
            ("most % (least - 3) == 0", None),
            ("least == 3 || most / (least - 3) == 0", Some(true)),
            ("least == 4 && most / (least - 3) == 0", Some(false)),
            ("most * 170141183460469231731687303715884105727 > 0", None),
            ("-170141183460469231731687303715884105727 - most < 0", None),
        ] {
            assert_eq!(holds(condition, Value::Integer(10)), expected, "{condition}");
        }
    }

    #[test]
    fn an_option_that_nobody_set_makes_it_hold() {
        assert_eq!(holds("least > most", Value::None), Some(true));
        assert_eq!(holds("most / 0 == 1 && loud", Value::None), Some(true));
        assert_eq!(holds("least > 4", Value::None), Some(false));
    }

    #[test]
    fn only_what_means_the_same_to_rustc_is_a_condition() {
        for (condition, expected) in [
            ("least", "expected a comparison or a boolean"),
            ("least && loud", "expected a comparison or a boolean"),
            ("!least == 3", "expected a comparison or a boolean"),
            ("-loud == 3", "expected a number"),
            ("loud == 1", "expected a comparison or a boolean"),
            ("loud < true", "expected a number"),
            ("name == 3", "expected an option that is a number"),
            ("nobody > 3", "expected one of the options"),
            ("least << 3 == 8", "expected options, integers"),
            ("least.pow(2) == 9", "expected options, integers"),
            ("least as u8 == 3", "expected options, integers"),
            ("least == 170141183460469231731687303715884105728", "number too large"),
            ("1.5 < 2", "expected options, integers"),
        ] {
            let problem = read(condition).expect_err(condition);
            assert!(problem.contains(expected), "{condition}: {problem}");
        }
    }
}
