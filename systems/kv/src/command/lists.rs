//! Commands on lists.

use super::{Call, Failure, SYNTAX};
use crate::store::{Value, element};
use alloc::boxed::Box;
use alloc::collections::VecDeque;

type Done = Result<(), Failure>;
type List = VecDeque<Box<[u8]>>;

fn list(value: &mut Value) -> Option<&mut List> {
    match value {
        Value::List(list) => Some(list),
        _ => None,
    }
}

pub fn lpush(call: &mut Call<'_, '_>) -> Done {
    push(call, VecDeque::push_front)
}

pub fn rpush(call: &mut Call<'_, '_>) -> Done {
    push(call, VecDeque::push_back)
}

fn push(call: &mut Call<'_, '_>, push: fn(&mut List, Box<[u8]>)) -> Done {
    let place = call.typed_or_new(list, |_| Value::List(VecDeque::new()))?;
    let (mut more, mut length) = (0, 0);
    if let Value::List(list) = call.store.value(place) {
        for bytes in call.arguments.from(2) {
            push(list, bytes.into());
            more += element(bytes);
        }
        length = list.len();
    }
    call.store.grow(more);
    call.reply.count(length);
    Ok(())
}

pub fn lpop(call: &mut Call<'_, '_>) -> Done {
    pop(call, VecDeque::pop_front)
}

pub fn rpop(call: &mut Call<'_, '_>) -> Done {
    pop(call, VecDeque::pop_back)
}

fn pop(call: &mut Call<'_, '_>, pop: fn(&mut List) -> Option<Box<[u8]>>) -> Done {
    let several = match call.arguments.len() {
        2 => None,
        3 => {
            let wrong = Failure::Text("ERR value is out of range, must be positive");
            Some(usize::try_from(call.integer(2).unwrap_or(-1)).map_err(|_| wrong)?)
        }
        _ => return Err(Failure::Arity),
    };
    let Some(place) = call.typed(list)?.map(|(place, _)| place) else {
        match several {
            None => call.reply.null(),
            Some(_) => call.reply.null_array(),
        }
        return Ok(());
    };
    let mut gone = 0;
    let mut is_empty = false;
    if let Value::List(list) = call.store.value(place) {
        let count = several.unwrap_or(1).min(list.len());
        if several.is_some() {
            call.reply.array(count);
        }
        for bytes in (0..count).map_while(|_| pop(list)) {
            gone += element(&bytes);
            call.reply.bulk(&bytes);
        }
        is_empty = list.is_empty();
    }
    call.store.shrink(gone);
    if is_empty {
        call.store.remove(place);
    }
    Ok(())
}

pub fn llen(call: &mut Call<'_, '_>) -> Done {
    let length = call.typed(list)?.map_or(0, |(_, list)| list.len());
    call.reply.count(length);
    Ok(())
}

pub fn lindex(call: &mut Call<'_, '_>) -> Done {
    let Some(place) = call.typed(list)?.map(|(place, _)| place) else {
        call.reply.null();
        return Ok(());
    };
    let index = call.integer(2)?;
    if let Value::List(list) = &call.store.entry(place).value {
        let index = usize::try_from(at(index, list.len())).ok();
        call.reply.optional(index.and_then(|index| list.get(index)).map(|bytes| &**bytes));
    }
    Ok(())
}

pub fn lrange(call: &mut Call<'_, '_>) -> Done {
    let (first, last) = (call.integer(2)?, call.integer(3)?);
    let Some(place) = call.typed(list)?.map(|(place, _)| place) else {
        call.reply.array(0);
        return Ok(());
    };
    let Value::List(list) = &call.store.entry(place).value else { return Err(SYNTAX) };
    let first = usize::try_from(at(first, list.len())).unwrap_or(0);
    let end = usize::try_from(at(last, list.len()).saturating_add(1)).unwrap_or(0).min(list.len());
    call.reply.array(end.saturating_sub(first));
    list.range(first.min(end)..end).for_each(|bytes| call.reply.bulk(bytes));
    Ok(())
}

/// An index from the beginning, of one that counts from the end if it is negative.
fn at(index: i64, length: usize) -> i64 {
    if index < 0 { index + length as i64 } else { index }
}
