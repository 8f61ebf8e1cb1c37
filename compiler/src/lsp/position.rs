//! Positions in the units of the protocol, and bytes.

use lsp_types::{Position, Range};
use std::ops;

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Units of UTF-16, which every client knows.
    #[default]
    Utf16,
}

/// The lines of a text. Each ends at `\n`, `\r\n` or `\r`, as the protocol has it.
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = |(at, byte): &(usize, &u8)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = bytes.iter().enumerate().filter(ends).map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(starts).collect(), encoding }
    }

    /// The byte at a position; the nearest one where there is no such line or column.
    pub fn offset(&self, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line).copied() else { return self.text.len() };
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| *next);
        let line = self.text[start..end].trim_end_matches(['\n', '\r']);
        let column = usize::try_from(position.character).unwrap_or(usize::MAX);
        let within = match self.encoding {
            Encoding::Utf8 => line.floor_char_boundary(column.min(line.len())),
            Encoding::Utf16 => {
                let mut units = 0;
                let inside = line.char_indices().find(|(_, character)| {
                    units += character.len_utf16();
                    units > column
                });
                inside.map_or(line.len(), |(at, _)| at)
            }
        };
        start + within
    }

    /// The position of a byte.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = &self.text[self.starts[line]..offset];
        let column = match self.encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.chars().map(char::len_utf16).sum(),
        };
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Position { line: number(line), character: number(column) }
    }

    pub fn range(&self, span: ops::Range<usize>) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }

    pub fn span(&self, range: Range) -> ops::Range<usize> {
        let start = self.offset(range.start);
        start..self.offset(range.end).max(start)
    }

    /// How long a part of a line is, in the units of columns.
    pub fn length(&self, span: ops::Range<usize>) -> u32 {
        let part = self.text.get(span).unwrap_or_default();
        let units = match self.encoding {
            Encoding::Utf8 => part.len(),
            Encoding::Utf16 => part.chars().map(char::len_utf16).sum(),
        };
        u32::try_from(units).unwrap_or(u32::MAX)
    }

    /// The parts of a span that are within one line each, without the ends of the lines.
    pub fn split(&self, span: ops::Range<usize>) -> Vec<ops::Range<usize>> {
        let first = self.starts.partition_point(|start| *start <= span.start) - 1;
        let mut parts = Vec::new();
        for (number, start) in self.starts.iter().enumerate().skip(first) {
            if *start >= span.end && number > first {
                break;
            }
            let end = self.starts.get(number + 1).copied().unwrap_or(self.text.len()).min(span.end);
            let start = (*start).max(span.start);
            let length = self.text[start..end].trim_end_matches(['\n', '\r']).len();
            if length > 0 {
                parts.push(start..start + length);
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_units() {
        let text = "a𝄞b\r\nä\rx\n";
        let lines = Lines::new(text, Encoding::Utf16);
        assert_eq!(lines.position(5), at(0, 3));
        assert_eq!(lines.offset(at(0, 3)), 5);
        // Amidst a surrogate pair, behind the end of a line and behind the last one.
        assert_eq!(lines.offset(at(0, 2)), 1);
        assert_eq!(lines.offset(at(0, 99)), 6);
        assert_eq!(lines.offset(at(99, 0)), text.len());
        assert_eq!(lines.position(8), at(1, 0));
        assert_eq!(lines.position(10), at(1, 1));
        assert_eq!(lines.position(11), at(2, 0));
        assert_eq!(lines.position(usize::MAX), at(3, 0));
        let lines = Lines::new(text, Encoding::Utf8);
        assert_eq!(lines.position(5), at(0, 5));
        assert_eq!(lines.offset(at(0, 3)), 1);
    }

    #[test]
    fn every_offset_has_a_position() {
        let text = "é\r\n\r𝄞\n\n\"";
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(text, encoding);
            for (offset, character) in text.char_indices() {
                if !matches!(character, '\n' | '\r') {
                    assert_eq!(lines.offset(lines.position(offset)), offset);
                }
            }
            assert_eq!(lines.span(Range { start: at(9, 9), end: at(0, 0) }), text.len()..text.len());
        }
    }

    #[test]
    fn a_span_is_split_at_lines() {
        let lines = Lines::new("ab\ncd\n\nef", Encoding::Utf16);
        assert_eq!(lines.split(1..8), [1..2, 3..5, 7..8]);
        assert_eq!(lines.split(0..1).first(), Some(&(0..1)));
        assert!(lines.split(3..3).is_empty());
    }
}
