//! Bytes of a file to text.

/// The text of a file in UTF-8, or in UTF-16 as spreadsheets and PowerShell write it.
///
/// # Errors
/// In words, when it is neither.
pub fn decode_text(bytes: Vec<u8>) -> Result<String, String> {
    let units = |from: fn([u8; 2]) -> u16, bytes: &[u8]| -> Vec<u16> {
        (bytes.chunks_exact(2))
            .map(|pair| from([pair[0], pair[1]]))
            .collect()
    };
    let wide = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => Some((rest, u16::from_le_bytes as fn([u8; 2]) -> u16)),
        [0xfe, 0xff, rest @ ..] => Some((rest, u16::from_be_bytes as fn([u8; 2]) -> u16)),
        // Without a mark: ASCII letters with a zero byte before or behind each.
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => {
            Some((bytes.as_slice(), u16::from_le_bytes as fn([u8; 2]) -> u16))
        }
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => {
            Some((bytes.as_slice(), u16::from_be_bytes as fn([u8; 2]) -> u16))
        }
        _ => None,
    };
    let Some((rest, from)) = wide else {
        return String::from_utf8(bytes)
            .map_err(|_| "it is not UTF-8 text; save it as UTF-8".to_owned());
    };
    if rest.len() % 2 == 1 {
        return Err("it is UTF-16 text and ends within a character; save it as UTF-8".to_owned());
    }
    String::from_utf16(&units(from, rest))
        .map_err(|_| "it is not valid UTF-16 text; save it as UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::decode_text;

    #[test]
    fn utf_16_is_read_with_and_without_a_mark() {
        let text = "service,cpu\nkäse,1\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            [vec![0xff, 0xfe], little.clone()].concat(),
            [vec![0xfe, 0xff], big.clone()].concat(),
            little,
            big,
            text.as_bytes().to_vec(),
        ] {
            assert_eq!(decode_text(bytes).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_text_is_said_with_a_remedy() {
        let wrong = [
            vec![0x6b, 0xe4],
            vec![0xff, 0xfe, 0x00],
            vec![0xff, 0xfe, 0x00, 0xd8],
        ];
        for bytes in wrong {
            let message = decode_text(bytes).expect_err("no text");
            assert!(message.ends_with("save it as UTF-8"), "{message}");
        }
    }
}
