#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Tokens of ONNX text. Whitespace and comments (# to the end of the line) separate them. Strings know the
// escapes \" \\ \n \r \t \xHH; any other backslash stands for itself.

#include "engine/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace orrery::formats {

struct Token {
    enum class Kind { End, Identifier, String, Int, Float, Symbol };

    Kind kind = Kind::End;
    std::string text; // a string's content, else as written
    std::size_t offset = 0;

    bool is(char symbol) const { return kind == Kind::Symbol && text.size() == 1 && text[0] == symbol; }
    bool isWord(std::string_view word) const { return kind == Kind::Identifier && text == word; }
};

class TextLexer {
public:
    explicit TextLexer(std::string_view text)
        : m_text(text)
    {}

    Result<Token> next();
    std::string place(std::size_t offset) const; // "line 3, column 14"

private:
    void skipSpace();
    Result<Token> string();
    Token number();

    std::string_view m_text;
    std::size_t m_at = 0;
};

// As it must be written to be read as that string, with the quotes.
std::string quotedText(std::string_view text);
bool isIdentifier(std::string_view text);

} // namespace orrery::formats
