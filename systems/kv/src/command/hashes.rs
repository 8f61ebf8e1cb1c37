//! Commands on hashes.

use super::{Call, Failure};
use crate::reply::decimal;
use crate::request::integer;
use crate::store::{Fields, Value, element};

type Done = Result<(), Failure>;

fn fields(value: &mut Value) -> Option<&mut Fields> {
    match value {
        Value::Hash(fields) => Some(fields),
        _ => None,
    }
}

pub fn hset(call: &mut Call<'_, '_>) -> Done {
    if !call.arguments.len().is_multiple_of(2) {
        return Err(Failure::Arity);
    }
    let place = call.typed_or_new(fields, |store| Value::Hash(Fields::with_hasher(store.hashing())))?;
    let (mut new, mut more, mut less) = (0, 0, 0);
    if let Value::Hash(fields) = call.store.value(place) {
        let mut rest = call.arguments.from(2);
        while let (Some(name), Some(value)) = (rest.next(), rest.next()) {
            more += element(value);
            match fields.get_mut(name) {
                Some(old) => {
                    less += element(old);
                    *old = value.to_vec();
                }
                None => {
                    more += element(name);
                    new += 1;
                    fields.insert(name.into(), value.to_vec());
                }
            }
        }
    }
    call.store.grow(more);
    call.store.shrink(less);
    call.reply.count(new);
    Ok(())
}

pub fn hincrby(call: &mut Call<'_, '_>) -> Done {
    let more = call.integer(3)?;
    let name = call.argument(2);
    let old = match call.typed(fields)? {
        Some((_, fields)) => match fields.get(name) {
            Some(value) => integer(value).ok_or(Failure::Text("ERR hash value is not an integer"))?,
            None => 0,
        },
        None => 0,
    };
    let value = old.checked_add(more).ok_or(Failure::Text("ERR increment or decrement would overflow"))?;
    let place = call.typed_or_new(fields, |store| Value::Hash(Fields::with_hasher(store.hashing())))?;
    let mut digits = [0; 20];
    let text = decimal(value, &mut digits);
    let mut less = 0;
    let mut new = element(text);
    if let Value::Hash(fields) = call.store.value(place) {
        match fields.get_mut(name) {
            Some(old) => {
                less = element(old);
                *old = text.to_vec();
            }
            None => {
                new += element(name);
                fields.insert(name.into(), text.to_vec());
            }
        }
    }
    call.store.grow(new);
    call.store.shrink(less);
    call.reply.integer(value);
    Ok(())
}

pub fn hget(call: &mut Call<'_, '_>) -> Done {
    let name = call.argument(2);
    let place = call.typed(fields)?.map(|(place, _)| place);
    call.reply.optional(match place.map(|place| &call.store.entry(place).value) {
        Some(Value::Hash(fields)) => fields.get(name).map(|value| &**value),
        _ => None,
    });
    Ok(())
}

pub fn hmget(call: &mut Call<'_, '_>) -> Done {
    let place = call.typed(fields)?.map(|(place, _)| place);
    call.reply.array(call.arguments.len() - 2);
    let value = place.map(|place| &call.store.entry(place).value);
    for name in call.arguments.from(2) {
        call.reply.optional(match value {
            Some(Value::Hash(fields)) => fields.get(name).map(|value| &**value),
            _ => None,
        });
    }
    Ok(())
}

pub fn hexists(call: &mut Call<'_, '_>) -> Done {
    let name = call.argument(2);
    let is_there = call.typed(fields)?.is_some_and(|(_, fields)| fields.contains_key(name));
    call.reply.integer(i64::from(is_there));
    Ok(())
}

pub fn hlen(call: &mut Call<'_, '_>) -> Done {
    let count = call.typed(fields)?.map_or(0, |(_, fields)| fields.len());
    call.reply.count(count);
    Ok(())
}

pub fn hdel(call: &mut Call<'_, '_>) -> Done {
    let arguments = call.arguments;
    let Some((place, fields)) = call.typed(fields)? else {
        call.reply.integer(0);
        return Ok(());
    };
    let (mut count, mut less) = (0, 0);
    for name in arguments.from(2) {
        if let Some(value) = fields.remove(name) {
            count += 1;
            less += element(name) + element(&value);
        }
    }
    let is_empty = fields.is_empty();
    call.store.shrink(less);
    if is_empty {
        call.store.remove(place);
    }
    call.reply.count(count);
    Ok(())
}

pub fn hgetall(call: &mut Call<'_, '_>) -> Done {
    list(call, true, true)
}

pub fn hkeys(call: &mut Call<'_, '_>) -> Done {
    list(call, true, false)
}

pub fn hvals(call: &mut Call<'_, '_>) -> Done {
    list(call, false, true)
}

fn list(call: &mut Call<'_, '_>, names: bool, values: bool) -> Done {
    let place = call.typed(fields)?.map(|(place, _)| place);
    let fields = match place.map(|place| &call.store.entry(place).value) {
        Some(Value::Hash(fields)) => Some(fields),
        _ => None,
    };
    let count = fields.map_or(0, Fields::len);
    if names && values {
        call.reply.map(count);
    } else {
        call.reply.array(count);
    }
    for (name, value) in fields.into_iter().flatten() {
        if names {
            call.reply.bulk(name);
        }
        if values {
            call.reply.bulk(value);
        }
    }
    Ok(())
}
