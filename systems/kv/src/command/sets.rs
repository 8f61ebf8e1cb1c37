//! Commands on sets.

use super::{Call, Failure};
use crate::store::{Members, Value, element};
use alloc::boxed::Box;
use alloc::vec::Vec;

type Done = Result<(), Failure>;

fn members(value: &mut Value) -> Option<&mut Members> {
    match value {
        Value::Set(members) => Some(members),
        _ => None,
    }
}

pub fn sadd(call: &mut Call<'_, '_>) -> Done {
    let place = call.typed_or_new(members, |store| Value::Set(Members::with_hasher(store.hashing())))?;
    let (mut new, mut more) = (0, 0);
    if let Value::Set(members) = call.store.value(place) {
        for bytes in call.arguments.from(2) {
            if !members.contains(bytes) {
                members.insert(bytes.into());
                new += 1;
                more += element(bytes);
            }
        }
    }
    call.store.grow(more);
    call.reply.count(new);
    Ok(())
}

pub fn srem(call: &mut Call<'_, '_>) -> Done {
    let arguments = call.arguments;
    let Some((place, members)) = call.typed(members)? else {
        call.reply.integer(0);
        return Ok(());
    };
    let (mut count, mut less) = (0, 0);
    for bytes in arguments.from(2) {
        if members.remove(bytes) {
            count += 1;
            less += element(bytes);
        }
    }
    let is_empty = members.is_empty();
    call.store.shrink(less);
    if is_empty {
        call.store.remove(place);
    }
    call.reply.count(count);
    Ok(())
}

/// Takes members out, whichever come first.
pub fn spop(call: &mut Call<'_, '_>) -> Done {
    let several = match call.arguments.len() {
        2 => None,
        3 => {
            let wrong = Failure::Text("ERR value is out of range, must be positive");
            Some(usize::try_from(call.integer(2).unwrap_or(-1)).map_err(|_| wrong)?)
        }
        _ => return Err(super::SYNTAX),
    };
    let Some((place, members)) = call.typed(members)? else {
        match several {
            None => call.reply.null(),
            Some(_) => call.reply.set(0),
        }
        return Ok(());
    };
    let taken: Vec<Box<[u8]>> = members.iter().take(several.unwrap_or(1)).cloned().collect();
    for bytes in &taken {
        members.remove(bytes);
    }
    let is_empty = members.is_empty();
    call.store.shrink(taken.iter().map(|bytes| element(bytes)).sum());
    if is_empty {
        call.store.remove(place);
    }
    if several.is_some() {
        call.reply.set(taken.len());
    }
    taken.iter().for_each(|bytes| call.reply.bulk(bytes));
    Ok(())
}

pub fn scard(call: &mut Call<'_, '_>) -> Done {
    let count = call.typed(members)?.map_or(0, |(_, members)| members.len());
    call.reply.count(count);
    Ok(())
}

pub fn sismember(call: &mut Call<'_, '_>) -> Done {
    let bytes = call.argument(2);
    let is_there = call.typed(members)?.is_some_and(|(_, members)| members.contains(bytes));
    call.reply.integer(i64::from(is_there));
    Ok(())
}

pub fn smismember(call: &mut Call<'_, '_>) -> Done {
    let place = call.typed(members)?.map(|(place, _)| place);
    call.reply.array(call.arguments.len() - 2);
    for bytes in call.arguments.from(2) {
        let value = place.map(|place| &call.store.entry(place).value);
        let is_there = matches!(value, Some(Value::Set(members)) if members.contains(bytes));
        call.reply.integer(i64::from(is_there));
    }
    Ok(())
}

pub fn smembers(call: &mut Call<'_, '_>) -> Done {
    let place = call.typed(members)?.map(|(place, _)| place);
    match place.map(|place| &call.store.entry(place).value) {
        Some(Value::Set(members)) => {
            call.reply.set(members.len());
            members.iter().for_each(|bytes| call.reply.bulk(bytes));
        }
        _ => call.reply.set(0),
    }
    Ok(())
}
