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
        verify(&expression, options, &mut mentioned)?;
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

fn verify(expression: &Expr, options: &[OptionSignature], mentioned: &mut Vec<String>) -> syn::Result<()> {
    match expression {
        Expr::Paren(inner) => verify(&inner.expr, options, mentioned),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_) | UnOp::Neg(_)) => {
            verify(&unary.expr, options, mentioned)
        }
        Expr::Binary(binary) if operator(&binary.op) => {
            verify(&binary.left, options, mentioned)?;
            verify(&binary.right, options, mentioned)
        }
        Expr::Lit(ExprLit { lit: Lit::Int(_) | Lit::Bool(_), .. }) => Ok(()),
        Expr::Path(_) => {
            let option = named(expression, options)
                .ok_or_else(|| syn::Error::new_spanned(expression, "expected one of the options"))?;
            if !matches!(
                option.scalar(),
                OptionType::Bool | OptionType::Integer(_) | OptionType::Bytes | OptionType::Duration
            ) {
                return Err(syn::Error::new_spanned(
                    expression,
                    "expected an option that is a number, a size, a duration or a boolean",
                ));
            }
            if !mentioned.contains(&option.name) {
                mentioned.push(option.name.clone());
            }
            Ok(())
        }
        other => Err(syn::Error::new_spanned(
            other,
            "expected options, integers, comparisons, arithmetic and `&&`, `||`, `!`",
        )),
    }
}

fn operator(operator: &BinOp) -> bool {
    matches!(
        operator,
        BinOp::Add(_)
            | BinOp::Sub(_)
            | BinOp::Mul(_)
            | BinOp::Div(_)
            | BinOp::Rem(_)
            | BinOp::And(_)
            | BinOp::Or(_)
            | BinOp::Eq(_)
            | BinOp::Ne(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Gt(_)
            | BinOp::Ge(_)
    )
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
