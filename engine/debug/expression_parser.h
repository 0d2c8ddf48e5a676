#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The text of an expression as a tree. Nesting is bounded, so that whoever walks the tree may recurse; chains
// of + and -, of * and / and of slices are flat.
//
//     sum     = product { ("+" | "-") product }
//     product = unary { ("*" | "/") unary }
//     unary   = "-" unary | power
//     power   = postfix [ "^" unary ]
//     postfix = primary { "[" slice "]" }
//     primary = number | "nan" | "inf" | name | "\"" name "\"" | "(" sum ")" | list
//             | identifier "(" [ argument { "," argument } ] ")"
//     argument = identifier "=" ( "string" | sum ) | sum
//     list    = "[" [ sum { "," sum } ] "]"

#include "engine/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::debug {

enum class ExpressionKind : std::uint8_t {
    Number, // number; `text` as written
    String, // text; of a named argument
    Name,   // text; of a value
    Chain,  // parts[0] operators[0] parts[1] operators[1] …
    Negate, // parts[0]
    Power,  // parts[0] to the parts[1]
    Call,   // text(parts…); named arguments in `named`
    List,   // parts
    Slice,  // parts[0][slices[0]][slices[1]] …
};

struct NamedArgument;

struct Expression {
    ExpressionKind kind = ExpressionKind::Number;
    std::size_t column = 1; // in bytes, from 1
    double number = 0;
    std::string text;
    std::string operators;
    std::vector<Expression> parts;
    std::vector<std::string> slices;
    std::vector<NamedArgument> named;
};

struct NamedArgument {
    std::string name;
    Expression value;
};

// Usage with the column.
Result<Expression> parseExpression(std::string_view text);

Error errorAt(std::size_t column, std::string_view message); // Usage

} // namespace orrery::debug
