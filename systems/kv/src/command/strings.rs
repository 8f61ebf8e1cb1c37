//! Commands on strings.

use super::{Call, Failure, NO_INTEGER, SYNTAX, WRONG_TYPE, is};
use crate::reply::decimal;
use crate::request::integer;
use crate::store::{NEVER, Value};

type Done = Result<(), Failure>;

/// Bytes that a string can have: lengths are signed numbers, and Redis's default is this.
const LONGEST: usize = 512 << 20;

fn text(value: &mut Value) -> Option<&mut alloc::vec::Vec<u8>> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

pub fn get(call: &mut Call<'_, '_>) -> Done {
    let Some(place) = call.find() else {
        call.reply.null();
        return Ok(());
    };
    match &call.store.entry(place).value {
        Value::Text(text) => call.reply.bulk(text),
        _ => return Err(WRONG_TYPE),
    }
    Ok(())
}

pub fn getdel(call: &mut Call<'_, '_>) -> Done {
    let found = call.typed(text)?.map(|(place, _)| place);
    get(call)?;
    if let Some(place) = found {
        call.store.remove(place);
    }
    Ok(())
}

pub fn getset(call: &mut Call<'_, '_>) -> Done {
    get(call)?;
    store(call, 2, NEVER);
    Ok(())
}

pub fn strlen(call: &mut Call<'_, '_>) -> Done {
    let length = call.typed(text)?.map_or(0, |(_, text)| text.len());
    call.reply.count(length);
    Ok(())
}

pub fn mget(call: &mut Call<'_, '_>) -> Done {
    call.reply.array(call.arguments.len() - 1);
    for key in call.arguments.from(1) {
        let found = call.store.find(key, call.around.now).map(|place| &call.store.entry(place).value);
        call.reply.optional(match found {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        });
    }
    Ok(())
}

pub fn mset(call: &mut Call<'_, '_>) -> Done {
    if call.arguments.len().is_multiple_of(2) {
        return Err(Failure::Arity);
    }
    let mut rest = call.arguments.from(1);
    while let (Some(key), Some(value)) = (rest.next(), rest.next()) {
        let found = call.store.find(key, call.around.now);
        let place = call.store.set_text(found, key, value);
        call.store.expire(place, NEVER);
    }
    call.reply.ok();
    Ok(())
}

/// Stores an argument under the first key.
fn store(call: &mut Call<'_, '_>, argument: usize, expires: u64) {
    let found = call.find();
    let place = call.store.set_text(found, call.argument(1), call.argument(argument));
    call.store.expire(place, expires);
}

/// The moment that lies so many milliseconds in the future, if it can.
fn after(call: &Call<'_, '_>, index: usize, unit: i64) -> Result<u64, Failure> {
    let count = call.integer(index)?;
    let later = count.checked_mul(unit).filter(|_| count > 0).and_then(|later| u64::try_from(later).ok());
    later
        .and_then(|later| later.checked_add(call.around.now))
        .filter(|at| *at <= i64::MAX as u64)
        .ok_or(Failure::ExpireTime)
}

/// Milliseconds in the unit of an option of `SET`.
fn unit(option: &[u8]) -> Option<i64> {
    if is(option, "ex") {
        Some(1000)
    } else if is(option, "px") {
        Some(1)
    } else {
        None
    }
}

pub fn set(call: &mut Call<'_, '_>) -> Done {
    if call.arguments.len() == 3 {
        store(call, 2, NEVER);
        call.reply.ok();
        return Ok(());
    }
    let (mut if_new, mut if_old, mut tell, mut keep) = (false, false, false, false);
    let mut time = None;
    let mut index = 3;
    while index < call.arguments.len() {
        let option = call.argument(index);
        if is(option, "nx") && !if_old {
            if_new = true;
        } else if is(option, "xx") && !if_new {
            if_old = true;
        } else if is(option, "get") {
            tell = true;
        } else if is(option, "keepttl") && time.is_none() {
            keep = true;
        } else if let Some(unit) = unit(option)
            && time.is_none_or(|(_, other)| other == unit)
            && !keep
            && index + 1 < call.arguments.len()
        {
            // Of several of one kind the last counts.
            index += 1;
            time = Some((index, unit));
        } else {
            // EXAT and PXAT too: nobody here knows what time it is.
            return Err(SYNTAX);
        }
        index += 1;
    }
    let expires = time.map(|(index, unit)| after(call, index, unit)).transpose()?;
    let found = call.find();
    if tell {
        get(call)?;
    }
    if found.is_some() && if_new || found.is_none() && if_old {
        if !tell {
            call.reply.null();
        }
        return Ok(());
    }
    let kept = found.filter(|_| keep).map_or(NEVER, |place| call.store.expires(place));
    store(call, 2, expires.unwrap_or(kept));
    if !tell {
        call.reply.ok();
    }
    Ok(())
}

pub fn setnx(call: &mut Call<'_, '_>) -> Done {
    let is_new = call.find().is_none();
    if is_new {
        store(call, 2, NEVER);
    }
    call.reply.count(usize::from(is_new));
    Ok(())
}

pub fn setex(call: &mut Call<'_, '_>) -> Done {
    let expires = after(call, 2, 1000)?;
    store(call, 3, expires);
    call.reply.ok();
    Ok(())
}

pub fn psetex(call: &mut Call<'_, '_>) -> Done {
    let expires = after(call, 2, 1)?;
    store(call, 3, expires);
    call.reply.ok();
    Ok(())
}

pub fn append(call: &mut Call<'_, '_>) -> Done {
    let more = call.argument(2);
    let length = match call.typed(text)? {
        Some((_, text)) if text.len() + more.len() > LONGEST => {
            return Err(Failure::Text("ERR string exceeds maximum allowed size (proto-max-bulk-len)"));
        }
        Some((_, text)) => {
            text.extend_from_slice(more);
            let length = text.len();
            call.store.grow(more.len());
            length
        }
        None => {
            store(call, 2, NEVER);
            more.len()
        }
    };
    call.reply.count(length);
    Ok(())
}

pub fn incr(call: &mut Call<'_, '_>) -> Done {
    add(call, 1)
}

pub fn decr(call: &mut Call<'_, '_>) -> Done {
    add(call, -1)
}

pub fn incrby(call: &mut Call<'_, '_>) -> Done {
    add(call, call.integer(2)?)
}

pub fn decrby(call: &mut Call<'_, '_>) -> Done {
    match call.integer(2)?.checked_neg() {
        Some(more) => add(call, more),
        None => Err(Failure::Text("ERR decrement would overflow")),
    }
}

fn add(call: &mut Call<'_, '_>, more: i64) -> Done {
    let found = call.typed(text)?;
    let value = found.map_or(Some(0), |(_, text)| integer(text)).ok_or(NO_INTEGER)?;
    let value = value.checked_add(more).ok_or(Failure::Text("ERR increment or decrement would overflow"))?;
    // The time at which it goes stays.
    let found = call.find();
    call.store.set_text(found, call.argument(1), decimal(value, &mut [0; 20]));
    call.reply.integer(value);
    Ok(())
}
