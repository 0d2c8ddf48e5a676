// SPDX-License-Identifier: Apache-2.0
#include "views/projections/search.h"

#include <algorithm>
#include <string>

namespace orrery::projections {
namespace {

enum class Where : std::uint8_t { Anywhere, Type, Name, Shape, Attribute };

struct Word {
    Where where = Where::Anywhere;
    std::string text; // in lower case
};

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : char(c); });
    return result;
}

// Shapes may be typed with x.
std::string crossed(std::string text)
{
    for (std::size_t i = 1; i + 1 < text.size(); ++i)
        if (text[i] == 'x' && (isdigit(text[i - 1]) || isdigit(text[i + 1])))
            text.replace(i, 1, "×");
    return text;
}

std::vector<Word> parse(std::string_view query)
{
    static constexpr std::pair<std::string_view, Where> prefixes[] = {{"type:", Where::Type},
                                                                      {"name:", Where::Name},
                                                                      {"shape:", Where::Shape},
                                                                      {"attr:", Where::Attribute}};
    std::vector<Word> words;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find(' '), query.size());
        Word word{Where::Anywhere, lower(query.substr(0, end))};
        query.remove_prefix(std::min(end + 1, query.size()));
        for (auto [prefix, where] : prefixes)
            if (word.text.starts_with(prefix)) {
                word = {where, word.text.substr(prefix.size())};
                break;
            }
        if (word.where == Where::Shape)
            word.text = crossed(word.text);
        if (!word.text.empty())
            words.push_back(std::move(word));
    }
    return words;
}

bool contains(std::string_view text, const std::string& word)
{
    return lower(text).find(word) != std::string::npos;
}

} // namespace

std::vector<std::uint64_t> search(const canvas::DisplayGraph& graph, std::string_view query)
{
    const std::vector<Word> words = parse(query);
    std::vector<std::uint64_t> keys;
    if (words.empty())
        return keys;
    std::vector<std::string> shapes(graph.nodes.size()); // of all edges that touch a node
    if (std::any_of(words.begin(), words.end(), [](const Word& w) { return w.where == Where::Shape; }))
        for (const canvas::DisplayEdge& edge : graph.edges) {
            shapes[edge.from] += edge.label + " ";
            shapes[edge.to] += edge.label + " ";
        }
    for (const canvas::DisplayNode& node : graph.nodes) {
        auto inLines = [&](const std::string& word) {
            return std::any_of(node.lines.begin(), node.lines.end(),
                               [&](const std::string& line) { return contains(line, word); });
        };
        auto inName = [&](const std::string& word) {
            return contains(node.subtitle, word) || contains(node.scope + "/" + node.subtitle, word) ||
                   (node.kind != canvas::NodeKind::Op && contains(node.title, word));
        };
        auto found = [&](const Word& word) {
            switch (word.where) {
            case Where::Type:
                return node.kind == canvas::NodeKind::Op && contains(node.title, word.text);
            case Where::Name:
                return inName(word.text);
            case Where::Shape:
                return contains(shapes[node.id], word.text) || inLines(word.text);
            case Where::Attribute:
                return inLines(word.text);
            case Where::Anywhere:
                break;
            }
            return contains(node.title, word.text) || inName(word.text) || inLines(word.text);
        };
        if (std::all_of(words.begin(), words.end(), found))
            keys.push_back(node.key);
    }
    return keys;
}

bool matches(std::string_view query, std::string_view name, std::string_view opType)
{
    const std::vector<Word> words = parse(query);
    return std::all_of(words.begin(), words.end(), [&](const Word& word) {
        switch (word.where) {
        case Where::Type:
            return contains(opType, word.text);
        case Where::Name:
            return contains(name, word.text);
        default:
            return contains(name, word.text) || contains(opType, word.text);
        }
    });
}

} // namespace orrery::projections
