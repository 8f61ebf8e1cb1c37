//! The commands: <https://redis.io/docs/latest/commands/>.

mod hashes;
mod keys;
mod lists;
mod server;
mod sets;
mod strings;

use crate::reply::Reply;
use crate::request::{Arguments, integer};
use crate::store::{Store, Value};
use alloc::boxed::Box;
use alloc::vec::Vec;
use oscomp_interfaces::HeapUsage;

/// What a command does, and how it is called.
pub struct Command {
    /// Its name, in lower case.
    pub name: &'static str,
    /// How many arguments it has, its name included; at least so many if it is negative.
    pub arity: i8,
    kind: Kind,
    /// Which arguments are keys: the first, the last (counted from the end if negative), and how far apart.
    keys: (i8, i8, i8),
    run: fn(&mut Call<'_, '_>) -> Result<(), Failure>,
}

/// What a command may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Only look.
    Read,
    /// Change what is there, or remove it.
    Write,
    /// Add something, which takes memory.
    Grow,
    /// Nothing to keys.
    Admin,
}

/// Why a command was not done.
#[derive(Debug)]
pub enum Failure {
    /// In these words, the code first.
    Text(&'static str),
    /// With so many arguments, it is not a command.
    Arity,
    /// A time at which nothing can go.
    ExpireTime,
    /// In words of which a part is the client's.
    Made(Box<[u8]>),
}

pub(crate) const SYNTAX: Failure = Failure::Text("ERR syntax error");
const NO_INTEGER: Failure = Failure::Text("ERR value is not an integer or out of range");
const WRONG_TYPE: Failure =
    Failure::Text("WRONGTYPE Operation against a key holding the wrong kind of value");
const OUT_OF_MEMORY: &str = "OOM command not allowed when used memory > 'maxmemory'.";

/// A client's side of the conversation.
#[derive(Debug, Default)]
pub struct Client {
    /// Whether it speaks RESP3.
    pub is_new: bool,
    /// Whether it has said that it goes.
    pub quits: bool,
    /// Its number.
    pub number: u64,
    /// What it calls itself.
    pub name: Vec<u8>,
}

/// What surrounds the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Milliseconds since the image started.
    pub now: u64,
    /// Clients that are connected.
    pub clients: usize,
    /// Bytes that keys and values may take; 0 for any number.
    pub memory: usize,
    /// How full the heap is, in which besides keys and values the connections are.
    pub heap: HeapUsage,
    /// The TCP port.
    pub port: u16,
}

/// A command as it was called.
pub struct Call<'c, 'o> {
    command: &'static Command,
    arguments: Arguments<'c>,
    store: &'c mut Store,
    client: &'c mut Client,
    around: &'c Surroundings,
    reply: Reply<'o>,
}

/// Does what a client asks for and adds the answer to `out`; there is at least one argument.
pub fn call(
    arguments: Arguments<'_>,
    store: &mut Store,
    client: &mut Client,
    around: &Surroundings,
    out: &mut Vec<u8>,
) {
    let is_new = client.is_new;
    let mut reply = Reply::new(out, is_new);
    let begin = reply.len();
    let Some(command) = find(arguments.get(0)) else { return unknown(arguments, &mut reply) };
    let count = i64::try_from(arguments.len()).unwrap_or(i64::MAX);
    let arity = i64::from(command.arity);
    if if arity < 0 { count < -arity } else { count != arity } {
        return fail(command, &Failure::Arity, &mut reply);
    }
    if command.kind == Kind::Grow
        && around.memory != 0
        && store.used().saturating_add(arguments.bytes()) > around.memory
    {
        // What has gone without anybody asking for it makes room.
        store.sweep(around.now, usize::MAX);
        if store.used().saturating_add(arguments.bytes()) > around.memory {
            return reply.error(&[OUT_OF_MEMORY.as_bytes()]);
        }
    }
    let mut call = Call { command, arguments, store, client, around, reply };
    if let Err(failure) = (command.run)(&mut call) {
        call.reply.truncate(begin);
        fail(command, &failure, &mut call.reply);
    }
}

#[cold]
fn fail(command: &Command, failure: &Failure, reply: &mut Reply<'_>) {
    let name = command.name.as_bytes();
    match failure {
        Failure::Text(text) => reply.error(&[text.as_bytes()]),
        Failure::Arity => reply.error(&[b"ERR wrong number of arguments for '", name, b"' command"]),
        Failure::ExpireTime => reply.error(&[b"ERR invalid expire time in '", name, b"' command"]),
        Failure::Made(text) => reply.error(&[text]),
    }
}

#[cold]
fn unknown(arguments: Arguments<'_>, reply: &mut Reply<'_>) {
    let short = |bytes: &[u8]| bytes[..bytes.len().min(128)].to_vec();
    let name = short(arguments.get(0));
    let mut rest = Vec::new();
    for argument in arguments.from(1) {
        if rest.len() >= 128 {
            break;
        }
        rest.push(b'\'');
        rest.extend_from_slice(&argument[..argument.len().min(128 - rest.len().min(128))]);
        rest.extend_from_slice(b"' ");
    }
    reply.error(&[b"ERR unknown command '", &name, b"', with args beginning with: ", &rest]);
}

/// The longest name of a command.
const NAME: usize = 16;

/// A name in a form that compares at once: in lower case, filled up with spaces. Names are letters.
const fn word(name: &[u8]) -> u128 {
    let mut bytes = [b' '; NAME];
    let mut at = 0;
    while at < name.len() && at < NAME {
        bytes[at] = name[at] | 0x20;
        at += 1;
    }
    u128::from_be_bytes(bytes)
}

/// The command of that name, in whatever case.
fn find(name: &[u8]) -> Option<&'static Command> {
    let at = WORDS.binary_search(&word(name)).ok()?;
    Some(&COMMANDS[at]).filter(|command| command.name.len() == name.len())
}

const fn words() -> [u128; COMMANDS.len()] {
    let mut words = [0; COMMANDS.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = word(COMMANDS[at].name.as_bytes());
        at += 1;
    }
    words
}

static WORDS: [u128; COMMANDS.len()] = words();

const fn command(
    name: &'static str,
    arity: i8,
    kind: Kind,
    keys: (i8, i8, i8),
    run: fn(&mut Call<'_, '_>) -> Result<(), Failure>,
) -> Command {
    Command { name, arity, kind, keys, run }
}

const NONE: (i8, i8, i8) = (0, 0, 0);
const ONE: (i8, i8, i8) = (1, 1, 1);
const ALL: (i8, i8, i8) = (1, -1, 1);

/// All commands, in the order of their names.
static COMMANDS: [Command; 62] = [
    command("append", 3, Kind::Grow, ONE, strings::append),
    command("client", -2, Kind::Admin, NONE, server::client),
    command("command", -1, Kind::Admin, NONE, server::command),
    command("config", -2, Kind::Admin, NONE, server::config),
    command("dbsize", 1, Kind::Read, NONE, keys::dbsize),
    command("decr", 2, Kind::Grow, ONE, strings::decr),
    command("decrby", 3, Kind::Grow, ONE, strings::decrby),
    command("del", -2, Kind::Write, ALL, keys::del),
    command("echo", 2, Kind::Admin, NONE, server::echo),
    command("exists", -2, Kind::Read, ALL, keys::exists),
    command("expire", -3, Kind::Write, ONE, keys::expire),
    command("flushall", -1, Kind::Write, NONE, keys::flush),
    command("flushdb", -1, Kind::Write, NONE, keys::flush),
    command("get", 2, Kind::Read, ONE, strings::get),
    command("getdel", 2, Kind::Write, ONE, strings::getdel),
    command("getset", 3, Kind::Grow, ONE, strings::getset),
    command("hdel", -3, Kind::Write, ONE, hashes::hdel),
    command("hello", -1, Kind::Admin, NONE, server::hello),
    command("hexists", 3, Kind::Read, ONE, hashes::hexists),
    command("hget", 3, Kind::Read, ONE, hashes::hget),
    command("hgetall", 2, Kind::Read, ONE, hashes::hgetall),
    command("hincrby", 4, Kind::Grow, ONE, hashes::hincrby),
    command("hkeys", 2, Kind::Read, ONE, hashes::hkeys),
    command("hlen", 2, Kind::Read, ONE, hashes::hlen),
    command("hmget", -3, Kind::Read, ONE, hashes::hmget),
    command("hset", -4, Kind::Grow, ONE, hashes::hset),
    command("hvals", 2, Kind::Read, ONE, hashes::hvals),
    command("incr", 2, Kind::Grow, ONE, strings::incr),
    command("incrby", 3, Kind::Grow, ONE, strings::incrby),
    command("info", -1, Kind::Admin, NONE, server::info),
    command("keys", 2, Kind::Read, NONE, keys::keys),
    command("lindex", 3, Kind::Read, ONE, lists::lindex),
    command("llen", 2, Kind::Read, ONE, lists::llen),
    command("lpop", -2, Kind::Write, ONE, lists::lpop),
    command("lpush", -3, Kind::Grow, ONE, lists::lpush),
    command("lrange", 4, Kind::Read, ONE, lists::lrange),
    command("mget", -2, Kind::Read, ALL, strings::mget),
    command("mset", -3, Kind::Grow, (1, -1, 2), strings::mset),
    command("persist", 2, Kind::Write, ONE, keys::persist),
    command("pexpire", -3, Kind::Write, ONE, keys::pexpire),
    command("ping", -1, Kind::Admin, NONE, server::ping),
    command("psetex", 4, Kind::Grow, ONE, strings::psetex),
    command("pttl", 2, Kind::Read, ONE, keys::pttl),
    command("quit", -1, Kind::Admin, NONE, server::quit),
    command("rpop", -2, Kind::Write, ONE, lists::rpop),
    command("rpush", -3, Kind::Grow, ONE, lists::rpush),
    command("sadd", -3, Kind::Grow, ONE, sets::sadd),
    command("scan", -2, Kind::Read, NONE, keys::scan),
    command("scard", 2, Kind::Read, ONE, sets::scard),
    command("select", 2, Kind::Admin, NONE, server::select),
    command("set", -3, Kind::Grow, ONE, strings::set),
    command("setex", 4, Kind::Grow, ONE, strings::setex),
    command("setnx", 3, Kind::Grow, ONE, strings::setnx),
    command("sismember", 3, Kind::Read, ONE, sets::sismember),
    command("smembers", 2, Kind::Read, ONE, sets::smembers),
    command("smismember", -3, Kind::Read, ONE, sets::smismember),
    command("spop", -2, Kind::Write, ONE, sets::spop),
    command("srem", -3, Kind::Write, ONE, sets::srem),
    command("strlen", 2, Kind::Read, ONE, strings::strlen),
    command("ttl", 2, Kind::Read, ONE, keys::ttl),
    command("type", 2, Kind::Read, ONE, keys::type_of),
    command("unlink", -2, Kind::Write, ALL, keys::del),
];

impl<'c> Call<'c, '_> {
    fn argument(&self, index: usize) -> &'c [u8] {
        self.arguments.get(index)
    }

    /// An argument that is a whole number.
    fn integer(&self, index: usize) -> Result<i64, Failure> {
        integer(self.argument(index)).ok_or(NO_INTEGER)
    }

    /// The place of the first key, if it is there.
    fn find(&mut self) -> Option<u32> {
        self.store.find(self.arguments.get(1), self.around.now)
    }

    /// The place of the first key if it is there and its value is of a kind, with that value.
    fn typed<T>(&mut self, kind: fn(&mut Value) -> Option<&mut T>) -> Result<Option<(u32, &mut T)>, Failure> {
        let Some(place) = self.find() else { return Ok(None) };
        Ok(Some((place, kind(self.store.value(place)).ok_or(WRONG_TYPE)?)))
    }

    /// The place of the first key, whose value is of a kind; it is made if it is not there.
    fn typed_or_new<T>(
        &mut self,
        kind: fn(&mut Value) -> Option<&mut T>,
        new: impl FnOnce(&Store) -> Value,
    ) -> Result<u32, Failure> {
        match self.typed(kind)? {
            Some((place, _)) => Ok(place),
            None => {
                let value = new(self.store);
                Ok(self.store.add(self.arguments.get(1), value))
            }
        }
    }
}

/// Whether an argument is a word, in whatever case.
fn is(argument: &[u8], word: &str) -> bool {
    argument.eq_ignore_ascii_case(word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_found_by_its_name() {
        assert!(WORDS.is_sorted_by(|one, two| one < two));
        for command in &COMMANDS {
            let upper = command.name.to_ascii_uppercase();
            for name in [command.name, &upper] {
                assert_eq!(find(name.as_bytes()).map(|found| found.name), Some(command.name));
            }
            assert!(command.name.len() <= NAME && command.name.bytes().all(|byte| byte.is_ascii_lowercase()));
        }
        for name in [&b""[..], b"ge", b"get ", b"GET\0", b"\x47\x05\x14", b"sismembersismember"] {
            assert!(find(name).is_none(), "{name:?}");
        }
    }
}
