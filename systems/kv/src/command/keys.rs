//! Commands on keys, whatever is stored under them.

use super::{Call, Failure, NO_INTEGER, SYNTAX, is};
use crate::glob;
use crate::request::integer;
use crate::store::NEVER;
use alloc::vec::Vec;

type Done = Result<(), Failure>;

pub fn dbsize(call: &mut Call<'_, '_>) -> Done {
    call.reply.count(call.store.len());
    Ok(())
}

pub fn del(call: &mut Call<'_, '_>) -> Done {
    let mut count = 0;
    for key in call.arguments.from(1) {
        if let Some(place) = call.store.find(key, call.around.now) {
            call.store.remove(place);
            count += 1;
        }
    }
    call.reply.count(count);
    Ok(())
}

pub fn exists(call: &mut Call<'_, '_>) -> Done {
    let keys = call.arguments.from(1);
    let count = keys.filter(|key| call.store.find(key, call.around.now).is_some()).count();
    call.reply.count(count);
    Ok(())
}

pub fn flush(call: &mut Call<'_, '_>) -> Done {
    let option = call.argument(1);
    if call.arguments.len() > 2 || call.arguments.len() == 2 && !is(option, "async") && !is(option, "sync") {
        return Err(SYNTAX);
    }
    call.store.clear();
    call.reply.ok();
    Ok(())
}

pub fn type_of(call: &mut Call<'_, '_>) -> Done {
    let name = call.find().map_or("none", |place| call.store.entry(place).value.type_name());
    call.reply.simple(name);
    Ok(())
}

pub fn expire(call: &mut Call<'_, '_>) -> Done {
    expire_in(call, 1000)
}

pub fn pexpire(call: &mut Call<'_, '_>) -> Done {
    expire_in(call, 1)
}

fn expire_in(call: &mut Call<'_, '_>, unit: i64) -> Done {
    let (mut nx, mut xx, mut gt, mut lt) = (false, false, false, false);
    for option in call.arguments.from(3) {
        match option {
            option if is(option, "nx") => nx = true,
            option if is(option, "xx") => xx = true,
            option if is(option, "gt") => gt = true,
            option if is(option, "lt") => lt = true,
            option => {
                return Err(Failure::Made([b"ERR Unsupported option ", option].concat().into()));
            }
        }
    }
    if nx && (xx || gt || lt) {
        return Err(Failure::Text("ERR NX and XX, GT or LT options at the same time are not compatible"));
    }
    if gt && lt {
        return Err(Failure::Text("ERR GT and LT options at the same time are not compatible"));
    }
    let later = call.integer(2)?.checked_mul(unit).ok_or(Failure::ExpireTime)?;
    let now = i64::try_from(call.around.now).unwrap_or(i64::MAX);
    // A moment that has been is now; none is as late as never.
    let at = now.checked_add(later).ok_or(Failure::ExpireTime)?.max(0) as u64;
    let Some(place) = call.find() else {
        call.reply.integer(0);
        return Ok(());
    };
    let before = call.store.expires(place);
    let refused = nx && before != NEVER || xx && before == NEVER || gt && at <= before || lt && at >= before;
    if !refused && at <= call.around.now {
        call.store.remove(place);
    } else if !refused {
        call.store.expire(place, at);
    }
    call.reply.integer(i64::from(!refused));
    Ok(())
}

pub fn persist(call: &mut Call<'_, '_>) -> Done {
    let place = call.find().filter(|place| call.store.expires(*place) != NEVER);
    if let Some(place) = place {
        call.store.expire(place, NEVER);
    }
    call.reply.integer(i64::from(place.is_some()));
    Ok(())
}

pub fn ttl(call: &mut Call<'_, '_>) -> Done {
    rest(call, |milliseconds| (milliseconds + 500) / 1000)
}

pub fn pttl(call: &mut Call<'_, '_>) -> Done {
    rest(call, |milliseconds| milliseconds)
}

fn rest(call: &mut Call<'_, '_>, unit: fn(u64) -> u64) -> Done {
    let rest = match call.find().map(|place| call.store.expires(place)) {
        None => -2,
        Some(NEVER) => -1,
        Some(at) => i64::try_from(unit(at - call.around.now)).unwrap_or(i64::MAX),
    };
    call.reply.integer(rest);
    Ok(())
}

pub fn keys(call: &mut Call<'_, '_>) -> Done {
    let (pattern, now, store) = (call.argument(1), call.around.now, &*call.store);
    let found = || {
        let entries = (0..store.places()).filter_map(|place| store.at(place, now));
        entries.map(|entry| &*entry.key).filter(|key| pattern == b"*" || glob::matches(pattern, key))
    };
    call.reply.array(found().count());
    found().for_each(|key| call.reply.bulk(key));
    Ok(())
}

/// Keys have numbers that stay theirs, so the cursor is the number of the next place: a key that is there
/// all the time is told exactly once.
pub fn scan(call: &mut Call<'_, '_>) -> Done {
    let cursor = str::from_utf8(call.argument(1)).ok().and_then(|cursor| cursor.parse::<u64>().ok());
    let cursor = cursor.ok_or(Failure::Text("ERR invalid cursor"))?;
    let (mut pattern, mut count, mut kind) = (None, 10, None);
    let mut options = call.arguments.from(2);
    while let Some(option) = options.next() {
        let value = options.next().ok_or(SYNTAX)?;
        if is(option, "match") {
            pattern = Some(value).filter(|pattern| *pattern != b"*");
        } else if is(option, "count") {
            count = integer(value).ok_or(NO_INTEGER)?;
            if count < 1 {
                return Err(SYNTAX);
            }
        } else if is(option, "type") {
            kind = Some(value);
        } else {
            return Err(SYNTAX);
        }
    }
    let (now, store) = (call.around.now, &*call.store);
    let places = u64::from(store.places());
    let end = cursor.saturating_add(count as u64).min(places);
    let looked_at = (cursor.min(end)..end).filter_map(|place| store.at(place as u32, now));
    let found: Vec<&[u8]> = looked_at
        .filter(|entry| kind.is_none_or(|kind| is(kind, entry.value.type_name())))
        .map(|entry| &*entry.key)
        .filter(|key| pattern.is_none_or(|pattern| glob::matches(pattern, key)))
        .collect();
    call.reply.array(2);
    call.reply.bulk_integer(if end < places { end as i64 } else { 0 });
    call.reply.array(found.len());
    found.into_iter().for_each(|key| call.reply.bulk(key));
    Ok(())
}
