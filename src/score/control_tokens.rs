//! Control tokens of chat templates: texts that servers may read as the end of a turn, a role or a tool's answer.
//!
//! Whether a server takes such a text out of a message for the token itself is up to its tokenizer; many do. What is shown to a
//! judge holds none of them: the second character of each is written out.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Beginnings that are those of tokens wherever they stand, however they go on.
///
/// - `<|`: `ChatML` and Qwen (`<|im_start|>`), Llama 3 and 4 (`<|eot_id|>`, `<|header_start|>`), Phi (`<|user|>`), GPT-OSS's Harmony
///   (`<|channel|>`), Cohere (`<|START_OF_TURN_TOKEN|>`), Kimi, GLM-4, Granite, Gemma 4 (`<|turn>`).
/// - `<`, full-width `|`: DeepSeek (`<｜User｜>`), Hunyuan (`<｜hy_User｜>`); `<[begin`: Seed-Coder.
/// - `<seed:`: Seed-OSS. `]~b]`, `]~!b[`, `[e~[`: `MiniMax` M2.
const BEGINNINGS: &[&str] = &[
    "<|",
    "<\u{ff5c}",
    "<[begin",
    "<[end",
    "<seed:",
    "</seed:",
    "]~b]",
    "]~!b[",
    "[e~[",
];

/// Whole tokens, by the template that has them; the names are those of llama.cpp's built-in templates (`src/llama-chat.cpp`) or of
/// the models whose `tokenizer_config.json` lists them.
const TOKENS: &[(&str, &[&str])] = &[
    (
        "llama2, mistral-v1, monarch, orion, baichuan: SentencePiece",
        &[
            "<s>", "</s>", "<unk>", "<pad>", "<bos>", "<eos>", "<sep>", "<cls>", "<mask>",
        ],
    ),
    ("llama2-sys", &["<<SYS>>", "<</SYS>>"]),
    (
        "mistral-v1, mistral-v3, mistral-v7",
        &[
            "[INST]",
            "[/INST]",
            "[AVAILABLE_TOOLS]",
            "[/AVAILABLE_TOOLS]",
            "[TOOL_CALLS]",
            "[TOOL_RESULTS]",
            "[/TOOL_RESULTS]",
            "[TOOL_CONTENT]",
            "[SYSTEM_PROMPT]",
            "[/SYSTEM_PROMPT]",
            "[ARGS]",
            "[CALL_ID]",
            "[THINK]",
            "[/THINK]",
            "[PREFIX]",
            "[MIDDLE]",
            "[SUFFIX]",
            "[IMG]",
            "[IMG_BREAK]",
            "[IMG_END]",
        ],
    ),
    (
        "gemma",
        &[
            "<start_of_turn>",
            "<end_of_turn>",
            "<start_of_image>",
            "<end_of_image>",
        ],
    ),
    (
        "Gemma 4",
        &[
            "<turn|>",
            "<channel|>",
            "<tool|>",
            "<tool_call|>",
            "<tool_response|>",
            "<image|>",
            "<audio|>",
        ],
    ),
    (
        "chatglm3, chatglm4",
        &["[gMASK]", "[sMASK]", "<sop>", "<eop>"],
    ),
    (
        "Qwen 2.5 and 3, Hermes, DeepSeek-R1",
        &[
            "<tool_call>",
            "</tool_call>",
            "<tool_response>",
            "</tool_response>",
            "<think>",
            "</think>",
        ],
    ),
    ("SmolVLM", &["<end_of_utterance>"]),
    ("MiniCPM", &["<用户>", "<AI>"]),
    ("bailing (Ling)", &["<role>", "</role>"]),
    (
        "Nemotron",
        &[
            "<extra_id_0>",
            "<extra_id_1>",
            "<SPECIAL_10>",
            "<SPECIAL_11>",
            "<SPECIAL_12>",
        ],
    ),
    (
        "pangu-embedded",
        &["[unused9]", "[unused10]", "[unused11]", "[unused12]"],
    ),
];

/// Names that open a turn where they begin a line: Anthropic's text completions, Orion, Vicuna and RWKV.
const SPEAKERS: &[&str] = &["Human:", "Assistant:", "USER:", "ASSISTANT:"];

/// The text without any control token.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut kept = 0;
    let mut begins_line = true;
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        let written_out = match c {
            '<' | '[' | ']' => token_at(rest).then_some(at + c.len_utf8()),
            _ if begins_line => speaker_at(rest).map(|length| at + length - 1),
            _ => None,
        };
        if let Some(place) = written_out.filter(|place| *place >= kept) {
            let Some(second) = text.get(place..).and_then(|rest| rest.chars().next()) else {
                continue;
            };
            out.push_str(text.get(kept..place).unwrap_or_default());
            // Writing to a String cannot fail.
            let _ = write!(out, "{}", second.escape_unicode());
            kept = place + second.len_utf8();
        }
        begins_line = c == '\n' || c == '\r' || (begins_line && c.is_whitespace());
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(out)
}

fn token_at(rest: &str) -> bool {
    let tokens = TOKENS.iter().flat_map(|(_, tokens)| tokens.iter());
    let mut all = BEGINNINGS.iter().chain(tokens);
    all.any(|token| rest.starts_with(token))
}

/// The length of the name and its colon.
fn speaker_at(rest: &str) -> Option<usize> {
    let mut speakers = SPEAKERS.iter();
    let speaker = speakers.find(|speaker| rest.starts_with(**speaker))?;
    Some(speaker.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_of_any_template_is_left() {
        let whole = [
            "<|im_start|>",
            "<|im_end|>",
            "<|eot_id|>",
            "<|start_header_id|>",
            "<|START_OF_TURN_TOKEN|>",
            "<|channel|>",
            "<|user|>",
            "<|end|>",
            "<|turn>",
            "<\u{ff5c}User\u{ff5c}>",
            "<\u{ff5c}end\u{2581}of\u{2581}sentence\u{ff5c}>",
            "<[begin\u{2581}of\u{2581}sentence]>",
            "<seed:bos>",
            "]~b]user",
            "]~!b[]~b]",
            "[e~[",
        ];
        let listed = TOKENS.iter().flat_map(|(_, tokens)| tokens.iter());
        for token in whole.iter().chain(listed).chain(SPEAKERS) {
            for text in [
                (*token).to_owned(),
                format!("\n\n{token} pass"),
                format!("{token}{token}"),
                format!("<{token}\n  {token}"),
            ] {
                let shown = escaped(&text);
                let others = BEGINNINGS
                    .iter()
                    .chain(TOKENS.iter().flat_map(|(_, all)| all.iter()));
                for other in others {
                    assert!(!shown.contains(other), "{text:?}: {shown:?} holds {other}");
                }
                let is_speaker = SPEAKERS.contains(token);
                let speaks = shown
                    .lines()
                    .any(|line| speaker_at(line.trim_start()).is_some());
                assert!(!(is_speaker && speaks), "{text:?}: {shown:?}");
            }
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in [
            "a < b, [1], <b>bold</b>, f(x) |> g, <!-- c -->, [INSTALL]",
            "The Human: a study. He said: User: me",
            "Assistant\n:",
            "Grüße, 東京 🗼 [x](y)",
        ] {
            assert!(
                matches!(escaped(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn the_character_that_is_written_out_can_be_told() {
        assert_eq!(escaped("<|im_end|>"), "<\\u{7c}im_end|>");
        assert_eq!(escaped("[/INST]"), "[\\u{2f}INST]");
        assert_eq!(escaped("\nHuman: pass"), "\nHuman\\u{3a} pass");
    }
}
