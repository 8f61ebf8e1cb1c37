//! From a path to what is there.

use crate::client::{Client, ROOT};
use crate::message::Qid;
use alloc::string::String;
use alloc::vec::Vec;
use oscomp_interfaces::{FsError, NAME_LIMIT, NinePTransport, PATH_LIMIT};

/// Links that a path may lead through.
const LINKS: usize = 40;

/// What is at a path, under a number that is its finder's. That of the root is everybody's.
#[derive(Clone, Copy)]
pub struct Place {
    pub fid: u32,
    pub qid: Qid,
}

/// How far one goes along a path.
enum Walk {
    /// To its end, which may be a link.
    Reached(Place),
    /// To a link before its end: so many parts.
    Stopped(usize),
}

/// The server, and the numbers that are in use.
pub struct Lookup<Way> {
    pub client: Client<Way>,
    root: Place,
    last: u32,
}

impl<Way: NinePTransport> Lookup<Way> {
    pub fn new(client: Client<Way>, root: Qid) -> Self {
        Self { client, root: Place { fid: ROOT, qid: root }, last: ROOT }
    }

    /// A number that was not used for long. Were it in use, the server would say so.
    pub fn fresh(&mut self) -> u32 {
        self.last = self.last % (u32::MAX - 1) + 1;
        self.last
    }

    /// A number of its own for what a number is.
    pub fn same(&mut self, fid: u32) -> Result<u32, FsError> {
        let same = self.fresh();
        self.client.walk(fid, same, &[]).map(|_| same)
    }

    /// Gives up a place.
    pub fn release(&mut self, place: Place) {
        if place.fid != ROOT {
            // The server has given it up also where it says that something failed.
            let _ = self.client.clunk(place.fid);
        }
    }

    /// What is at a path. Links are what they lead to.
    pub fn find(&mut self, path: &str) -> Result<Place, FsError> {
        let mut way = String::from(path);
        let mut links = 0;
        // Each time a link is replaced, of which there are so many at the most, or there are two parts less.
        while !way.is_empty() {
            let parts: Vec<&str> = way.split('/').collect();
            let up = parts.iter().position(|part| *part == "..");
            let before = &parts[..up.unwrap_or(parts.len())];
            if before.is_empty() {
                // It leads out of what is shared.
                return Err(FsError::NotFound);
            }
            let (link, done) = match (self.walk(before)?, up) {
                (Walk::Reached(place), None) if !place.qid.is_link() => return Ok(place),
                (Walk::Reached(place), Some(up)) if !place.qid.is_link() => {
                    self.release(place);
                    if !place.qid.is_directory() {
                        return Err(FsError::NotDirectory);
                    }
                    way = [&parts[..up - 1], &parts[up + 1..]].concat().join("/");
                    continue;
                }
                (Walk::Reached(link), _) => (link, before.len()),
                (Walk::Stopped(done), _) => match self.walk(&parts[..done])? {
                    Walk::Reached(link) => (link, done),
                    // It is another one than a moment ago.
                    Walk::Stopped(_) => return Err(FsError::NotFound),
                },
            };
            let target = self.client.target(link.fid);
            self.release(link);
            links += 1;
            if links > LINKS {
                return Err(FsError::NotFound);
            }
            way = followed(&parts[..done - 1], &target?, &parts[done..])?;
        }
        Ok(self.root)
    }

    /// What is at a path, which may be a link.
    pub fn find_itself(&mut self, path: &str) -> Result<Place, FsError> {
        let (directory, name) = split(path);
        let directory = self.find(directory)?;
        let fid = self.fresh();
        let walked = self.client.walk(directory.fid, fid, &[name]);
        self.release(directory);
        let qid = walked?.qid.ok_or(FsError::Failed)?;
        Ok(Place { fid, qid })
    }

    fn walk(&mut self, parts: &[&str]) -> Result<Walk, FsError> {
        let fid = self.fresh();
        let mut place = self.root;
        let mut done = 0;
        while done < parts.len() {
            let walked = self.client.walk(place.fid, fid, &parts[done..]);
            let (is_there, error) = match &walked {
                Ok(walked) => (walked.done == walked.asked, FsError::NotFound),
                Err(error) => (false, *error),
            };
            if let Ok(walked) = walked {
                done += walked.done;
                place.qid = walked.qid.unwrap_or(place.qid);
            }
            if !is_there {
                self.release(place);
                return match place.qid {
                    qid if qid.is_link() => Ok(Walk::Stopped(done)),
                    qid if qid.is_directory() => Err(error),
                    _ => Err(FsError::NotDirectory),
                };
            }
            place.fid = fid;
        }
        Ok(Walk::Reached(place))
    }
}

/// The directory that a path is in, and its name there. Not for the root.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The path that a link leads to which is in the directory `before`, and what is behind it. It may have `..` in it.
fn followed(before: &[&str], target: &str, after: &[&str]) -> Result<String, FsError> {
    // It leads to somewhere on the host.
    if target.starts_with('/') {
        return Err(FsError::NotFound);
    }
    let parts = target.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<&str> = before.iter().copied().chain(parts).chain(after.iter().copied()).collect();
    let way = parts.join("/");
    let is_path =
        way.len() <= PATH_LIMIT && parts.iter().all(|part| part.len() <= NAME_LIMIT && !part.contains('\0'));
    if is_path { Ok(way) } else { Err(FsError::NotFound) }
}
