//! Commands about the server and the connection.

use super::{COMMANDS, Call, Command, Failure, Kind, find, is};
use crate::glob;
use crate::reply::Reply;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

type Done = Result<(), Failure>;

/// The version of Redis whose commands these are: some clients ask before they use one.
const VERSION: &str = "7.0.15";

pub fn ping(call: &mut Call<'_, '_>) -> Done {
    match call.arguments.len() {
        1 => call.reply.simple("PONG"),
        2 => call.reply.bulk(call.argument(1)),
        _ => return Err(Failure::Arity),
    }
    Ok(())
}

pub fn echo(call: &mut Call<'_, '_>) -> Done {
    call.reply.bulk(call.argument(1));
    Ok(())
}

pub fn quit(call: &mut Call<'_, '_>) -> Done {
    call.client.quits = true;
    call.reply.ok();
    Ok(())
}

pub fn select(call: &mut Call<'_, '_>) -> Done {
    if call.integer(1)? != 0 {
        return Err(Failure::Text("ERR DB index is out of range"));
    }
    call.reply.ok();
    Ok(())
}

pub fn hello(call: &mut Call<'_, '_>) -> Done {
    let mut is_new = call.client.is_new;
    let mut name = None;
    if call.arguments.len() > 1 {
        let version = crate::request::integer(call.argument(1))
            .ok_or(Failure::Text("ERR Protocol version is not an integer or out of range"))?;
        if !(2..=3).contains(&version) {
            return Err(Failure::Text("NOPROTO unsupported protocol version"));
        }
        is_new = version == 3;
        let mut index = 2;
        while index < call.arguments.len() {
            if !is(call.argument(index), "setname") || index + 1 == call.arguments.len() {
                let option = call.argument(index);
                return Err(Failure::Made(
                    [b"ERR Syntax error in HELLO option '", option, b"'"].concat().into(),
                ));
            }
            name = Some(call.argument(index + 1));
            index += 2;
        }
    }
    if let Some(name) = name {
        rename(call, name)?;
    }
    call.client.is_new = is_new;
    let (number, reply) = (call.client.number, &mut call.reply);
    reply.is_new = is_new;
    reply.map(7);
    for (key, value) in [("server", "redis"), ("version", VERSION)] {
        reply.bulk(key.as_bytes());
        reply.bulk(value.as_bytes());
    }
    reply.bulk(b"proto");
    reply.integer(if is_new { 3 } else { 2 });
    reply.bulk(b"id");
    reply.integer(i64::try_from(number).unwrap_or(i64::MAX));
    for (key, value) in [("mode", "standalone"), ("role", "master")] {
        reply.bulk(key.as_bytes());
        reply.bulk(value.as_bytes());
    }
    reply.bulk(b"modules");
    reply.array(0);
    Ok(())
}

fn rename(call: &mut Call<'_, '_>, name: &[u8]) -> Done {
    if !name.iter().all(u8::is_ascii_graphic) {
        return Err(Failure::Text("ERR Client names cannot contain spaces, newlines or special characters."));
    }
    call.client.name = name.to_vec();
    Ok(())
}

pub fn client(call: &mut Call<'_, '_>) -> Done {
    let (what, count) = (call.argument(1), call.arguments.len());
    if is(what, "setname") && count == 3 {
        rename(call, call.argument(2))?;
        call.reply.ok();
    } else if is(what, "getname") && count == 2 {
        match call.client.name.as_slice() {
            [] => call.reply.null(),
            name => call.reply.bulk(name),
        }
    } else if is(what, "id") && count == 2 {
        call.reply.integer(i64::try_from(call.client.number).unwrap_or(i64::MAX));
    } else if is(what, "setinfo") && count == 4 {
        call.reply.ok();
    } else {
        return Err(unknown(call));
    }
    Ok(())
}

fn unknown(call: &Call<'_, '_>) -> Failure {
    let (name, what) = (call.command.name.to_ascii_uppercase(), call.argument(1));
    let what = &what[..what.len().min(128)];
    Failure::Made([b"ERR unknown subcommand '", what, b"'. Try ", name.as_bytes(), b" HELP."].concat().into())
}

pub fn config(call: &mut Call<'_, '_>) -> Done {
    let (what, count) = (call.argument(1), call.arguments.len());
    if is(what, "resetstat") && count == 2 {
        call.reply.ok();
        return Ok(());
    }
    if !is(what, "get") {
        return Err(unknown(call));
    }
    if count < 3 {
        return Err(Failure::Text("ERR wrong number of arguments for 'config|get' command"));
    }
    let settings = [
        ("appendonly", "no".into()),
        ("databases", "1".into()),
        ("maxmemory", format!("{}", call.around.memory)),
        ("maxmemory-policy", "noeviction".into()),
        ("port", format!("{}", call.around.port)),
        ("save", String::new()),
    ];
    let asked = |name: &str| {
        call.arguments.from(2).any(|pattern| glob::matches(&pattern.to_ascii_lowercase(), name.as_bytes()))
    };
    let found: Vec<_> = settings.iter().filter(|(name, _)| asked(name)).collect();
    call.reply.map(found.len());
    for (name, value) in found {
        call.reply.bulk(name.as_bytes());
        call.reply.bulk(value.as_bytes());
    }
    Ok(())
}

pub fn command(call: &mut Call<'_, '_>) -> Done {
    let what = call.argument(1);
    if call.arguments.len() == 1 {
        call.reply.array(COMMANDS.len());
        COMMANDS.iter().for_each(|command| describe(command, &mut call.reply));
    } else if is(what, "count") && call.arguments.len() == 2 {
        call.reply.count(COMMANDS.len());
    } else if is(what, "list") && call.arguments.len() == 2 {
        call.reply.array(COMMANDS.len());
        COMMANDS.iter().for_each(|command| call.reply.bulk(command.name.as_bytes()));
    } else if is(what, "info") {
        call.reply.array(call.arguments.len() - 2);
        for name in call.arguments.from(2) {
            match find(name) {
                Some(command) => describe(command, &mut call.reply),
                None => call.reply.null_array(),
            }
        }
    } else if is(what, "docs") {
        // There are none here; clients do without.
        call.reply.map(0);
    } else {
        return Err(unknown(call));
    }
    Ok(())
}

fn describe(command: &Command, reply: &mut Reply<'_>) {
    let flags: &[&str] = match command.kind {
        Kind::Read => &["readonly"],
        Kind::Write => &["write"],
        Kind::Grow => &["write", "denyoom"],
        Kind::Admin => &["fast"],
    };
    reply.array(6);
    reply.bulk(command.name.as_bytes());
    reply.integer(i64::from(command.arity));
    reply.set(flags.len());
    flags.iter().for_each(|flag| reply.simple(flag));
    let (first, last, step) = command.keys;
    [first, last, step].into_iter().for_each(|number| reply.integer(i64::from(number)));
}

pub fn info(call: &mut Call<'_, '_>) -> Done {
    let (store, around) = (&*call.store, call.around);
    let asked = |section: &str| {
        let mut sections = call.arguments.from(1).peekable();
        let every = ["all", "default", "everything"];
        sections.peek().is_none()
            || sections.any(|asked| is(asked, section) || every.iter().any(|every| is(asked, every)))
    };
    let mut sections = Vec::new();
    if asked("server") {
        sections.push(format!(
            "# Server\r\nredis_version:{VERSION}\r\nredis_mode:standalone\r\nos:oscomp\r\ntcp_port:{}\r\n\
             uptime_in_seconds:{}\r\n",
            around.port,
            around.now / 1000
        ));
    }
    if asked("clients") {
        sections.push(format!("# Clients\r\nconnected_clients:{}\r\n", around.clients));
    }
    if asked("memory") {
        sections.push(format!(
            "# Memory\r\nused_memory:{}\r\nused_memory_peak:{}\r\nused_memory_dataset:{}\r\n\
             total_system_memory:{}\r\nmaxmemory:{}\r\nmaxmemory_policy:noeviction\r\n",
            around.heap.used,
            around.heap.peak,
            store.used(),
            around.heap.total,
            around.memory
        ));
    }
    if asked("stats") {
        sections.push(format!("# Stats\r\nexpired_keys:{}\r\n", store.expired()));
    }
    if asked("keyspace") {
        let mut text = String::from("# Keyspace\r\n");
        if store.len() > 0 {
            text += &format!("db0:keys={},expires={},avg_ttl=0\r\n", store.len(), store.going());
        }
        sections.push(text);
    }
    call.reply.verbatim(&sections.join("\r\n"));
    Ok(())
}
