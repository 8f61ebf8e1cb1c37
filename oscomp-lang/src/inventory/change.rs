//! Changes to what a system has: in its file, whether the file has the instance yet or it is a default.

use super::{FieldKind, Inventory, Member, Origin};
use crate::catalog::ModuleEntry;
use crate::diagnostic::Fix;
use crate::edit::{NewInstance, Owner, Refusal, SystemText, quoted};
use std::collections::BTreeSet;

/// Which instance is meant, and on which platforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The instance; `platform`, or a platform's name, for the platform's own.
    pub instance: &'a str,
    /// The only platform to change; none for all.
    pub platform: Option<&'a str>,
}

/// Where a change has to be made.
enum Target<'a> {
    Platform(&'a str),
    /// The file has the instance.
    Written,
    /// It is a default, of all platforms that are meant the same.
    Default(&'a Member),
}

impl Inventory {
    /// The members that a place means: one for each platform that has it.
    pub fn members<'i>(&'i self, place: Place<'i>) -> impl Iterator<Item = &'i Member> {
        let named = |platform: &str| self.images.iter().any(|image| image.platform == platform);
        let own = if named(place.instance) { Some(place.instance) } else { None };
        let has = self.images.iter().any(|image| image.member(place.instance).is_some());
        self.images.iter().filter_map(move |image| {
            if place.platform.is_some_and(|platform| platform != image.platform) {
                return None;
            }
            match own {
                Some(own) if !has => image.member("platform").filter(|_| image.platform == own),
                _ => image.member(place.instance),
            }
        })
    }

    /// Sets a field, to literals of KDL. A default of the platform becomes an instance of the file that takes its place.
    ///
    /// # Errors
    /// There is no such instance, or it is not the same on all platforms that are meant.
    pub fn set(
        &self,
        text: &SystemText<'_>,
        place: Place<'_>,
        field: &str,
        values: &[String],
    ) -> Result<Fix, Refusal> {
        let on = self.limit(place);
        match self.target(text, place)? {
            Target::Platform(platform) => text.set(Owner::Platform(platform), field, values, None),
            Target::Written => text.set(Owner::Instance(place.instance), field, values, on),
            Target::Default(member) => {
                let mut new = written(member, on);
                new.fields.retain(|(name, _)| name != field);
                new.fields.push((field.to_owned(), values.to_vec()));
                text.add(&new)
            }
        }
    }

    /// Adds an instance and binds a requirement to it. If it requires the same itself, and is not told what, that is
    /// bound to what the requirement had: so it comes between them.
    ///
    /// # Errors
    /// Those of [`add`](SystemText::add) and [`set`](Self::set), and where the requirement is bound to one instance on
    /// one platform and to another on the next.
    pub fn add_for(
        &self,
        text: &SystemText<'_>,
        new: &NewInstance,
        module: &ModuleEntry,
        place: Place<'_>,
        requirement: &str,
    ) -> Result<Fix, Refusal> {
        let mut new = new.clone();
        let fields = || self.members(place).filter_map(|member| member.field(requirement));
        let had: BTreeSet<&str> = fields().filter_map(|field| field.value.as_deref()).collect();
        let wanted = fields().find_map(|field| match &field.kind {
            FieldKind::Requirement(requirement) => Some(&requirement.interfaces),
            FieldKind::Option(_) => None,
        });
        let same = module.requirements.iter().find(|own| {
            Some(&own.interfaces) == wanted && !new.fields.iter().any(|(field, _)| *field == own.name)
        });
        if let Some(own) = same {
            match Vec::from_iter(had).as_slice() {
                [] => {}
                [had] => new.fields.insert(0, (own.name.clone(), vec![quoted(had)])),
                _ => return Err(self.needs_platform(place)),
            }
        }
        let name = quoted(new.name.as_ref().unwrap_or(&new.module));
        // Where both stand at the end of the same node, what belongs to it comes first.
        let mut fix = self.set(text, place, requirement, &[name])?;
        let added = text.add(&new)?;
        fix.edits.extend(added.edits);
        Ok(Fix { title: format!("{}, and {}", added.title, fix.title), ..fix })
    }

    /// Removes a field from the file.
    ///
    /// # Errors
    /// The file does not set it.
    pub fn unset(&self, text: &SystemText<'_>, place: Place<'_>, field: &str) -> Result<Fix, Refusal> {
        let on = self.limit(place);
        match self.target(text, place)? {
            Target::Platform(platform) => text.unset(Owner::Platform(platform), field, None),
            Target::Written => text.unset(Owner::Instance(place.instance), field, on),
            Target::Default(member) => {
                Err(Refusal::NoField { owner: member.name.clone(), field: field.to_owned() })
            }
        }
    }

    /// Gives an instance another module. One of the file keeps the fields that `keeps` wants.
    ///
    /// # Errors
    /// There is no such instance, or it is not the same on all platforms that are meant.
    pub fn use_module(
        &self,
        text: &SystemText<'_>,
        place: Place<'_>,
        module: &str,
        keeps: &dyn Fn(&str) -> bool,
    ) -> Result<Fix, Refusal> {
        let on = self.limit(place);
        match self.target(text, place)? {
            Target::Platform(platform) => Err(Refusal::NoInstance { name: platform.to_owned() }),
            Target::Written => text.replace_module(place.instance, module, on, keeps),
            Target::Default(member) => text.add(&NewInstance {
                module: module.to_owned(),
                name: Some(member.name.clone()),
                on: on.map(str::to_owned),
                ..NewInstance::default()
            }),
        }
    }

    /// The platform to which a change has to be limited.
    fn limit<'p>(&self, place: Place<'p>) -> Option<&'p str> {
        place.platform.filter(|_| self.images.len() > 1)
    }

    /// That it has to be said which platform is meant.
    fn needs_platform(&self, place: Place<'_>) -> Refusal {
        Refusal::NeedsPlatform {
            name: place.instance.to_owned(),
            platforms: self.images.iter().map(|image| image.platform.clone()).collect(),
        }
    }

    fn target<'i>(&'i self, text: &SystemText<'_>, place: Place<'i>) -> Result<Target<'i>, Refusal> {
        let written = text.instances().any(|instance| {
            let there = |platform| instance.on.is_none_or(|on| on == platform);
            instance.name == place.instance && place.platform.is_none_or(there)
        });
        if written {
            return Ok(Target::Written);
        }
        let needs_platform = || self.needs_platform(place);
        let has = self.images.iter().any(|image| image.member(place.instance).is_some());
        if let Some(image) = self.images.iter().find(|image| image.platform == place.instance && !has) {
            return Ok(Target::Platform(&image.platform));
        }
        if place.instance == "platform" {
            return match (place.platform, self.images.as_slice()) {
                (Some(platform), _) => Ok(Target::Platform(platform)),
                (None, [only]) => Ok(Target::Platform(&only.platform)),
                (None, _) => Err(needs_platform()),
            };
        }
        let mut members = self.members(place);
        let first = members.next().ok_or_else(|| Refusal::NoInstance { name: place.instance.to_owned() })?;
        let alike = 1 + members.filter(|other| is_alike(first, other)).count();
        let meant = if place.platform.is_some() { 1 } else { self.images.len() };
        if alike == meant { Ok(Target::Default(first)) } else { Err(needs_platform()) }
    }
}

fn is_alike(one: &Member, other: &Member) -> bool {
    one.module == other.module && one.origin == other.origin
}

/// A default as an instance of the file.
fn written(member: &Member, on: Option<&str>) -> NewInstance {
    let fields = match &member.origin {
        Origin::Default { fields } => fields.clone(),
        _ => Vec::new(),
    };
    NewInstance {
        module: member.module.clone(),
        name: Some(member.name.clone()),
        path: None,
        on: on.map(str::to_owned),
        fields,
    }
}
