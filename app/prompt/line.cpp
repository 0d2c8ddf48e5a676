// SPDX-License-Identifier: Apache-2.0
#include "app/prompt/line.h"

#include "app/cli/arguments.h"

namespace orrery::prompt {
namespace {

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

} // namespace

std::string Line::from(std::size_t argument) const
{
    if (argument >= argumentCount())
        return {};
    std::size_t end = words.back().end;
    return text.substr(words[argument + 1].begin, end - words[argument + 1].begin);
}

Result<Line> parseLine(std::string_view text)
{
    Line line;
    line.text = text;
    std::size_t at = 0;
    while (at < text.size()) {
        if (isBlank(text[at])) {
            ++at;
            continue;
        }
        Word word;
        word.begin = at;
        if (text[at] == '"') {
            word.quoted = true;
            for (++at; at < text.size() && text[at] != '"'; ++at) {
                if (text[at] == '\\' && at + 1 < text.size())
                    ++at;
                word.text += text[at];
            }
            if (at == text.size())
                return cli::usageError("a quote (\") is opened and not closed");
            ++at;
        } else {
            while (at < text.size() && !isBlank(text[at]) && text[at] != '"')
                word.text += text[at++];
        }
        word.end = at;
        line.words.push_back(std::move(word));
    }
    return line;
}

std::string asWord(std::string_view text)
{
    if (!text.empty() && text.find_first_of(" \t\r\n\"\\") == std::string_view::npos)
        return std::string(text);
    std::string result = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        result += c;
    }
    return result + "\"";
}

} // namespace orrery::prompt
