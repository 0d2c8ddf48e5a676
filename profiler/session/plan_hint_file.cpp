// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/plan_hint_file.h"

#include "engine/base/text.h"
#include "profiler/session/sidecar_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

namespace orrery::session {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

constexpr const char* ownKey = "plan_hints";
constexpr std::size_t mostNotes = 20;

const char* levelWord(passes::OptimizeLevel level)
{
    return level == passes::OptimizeLevel::None    ? "none"
           : level == passes::OptimizeLevel::Basic ? "basic"
                                                   : "all";
}

const json* memberOf(const json& object, const char* key)
{
    auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? &*found : nullptr;
}

std::optional<std::string> textOf(const json* value)
{
    return value != nullptr && value->is_string() ? std::optional(value->get<std::string>()) : std::nullopt;
}

bool isOf(const json& entry, const std::string& root, passes::OptimizeLevel level)
{
    return textOf(memberOf(entry, "root")) == (root.empty() ? "main" : root) &&
           textOf(memberOf(entry, "optimize")) == levelWord(level);
}

// Reads one entry; every part that is not as it should be is told once and left out.
class EntryReader {
public:
    explicit EntryReader(std::vector<Problem>& notes)
        : m_notes(notes)
    {}

    passes::PlanHints read(const json& entry)
    {
        passes::PlanHints hints;
        each(entry, "keep_apart", [&](const json& hint) {
            auto pass = textOf(memberOf(hint, "pass"));
            auto nodes = namesOf(memberOf(hint, "nodes"));
            if (pass && nodes)
                hints.keepApart.push_back({std::move(*pass), std::move(*nodes)});
            return pass && nodes;
        });
        each(entry, "threads", [&](const json& hint) {
            auto node = textOf(memberOf(hint, "node"));
            const json* threads = memberOf(hint, "threads");
            const bool number = threads != nullptr && threads->is_number_integer();
            if (node && number)
                hints.threads.push_back({std::move(*node), threads->get<std::int64_t>()});
            return node && number;
        });
        each(entry, "kernel", [&](const json& hint) {
            auto node = textOf(memberOf(hint, "node"));
            auto kernel = textOf(memberOf(hint, "kernel"));
            if (node && kernel)
                hints.kernel.push_back({std::move(*node), std::move(*kernel)});
            return node && kernel;
        });
        each(entry, "recompute", [&](const json& hint) {
            auto value = textOf(memberOf(hint, "value"));
            auto readers = namesOf(memberOf(hint, "readers"));
            if (value && readers)
                hints.recompute.push_back({std::move(*value), std::move(*readers)});
            return value && readers;
        });
        each(entry, "hold", [&](const json& hint) {
            auto value = textOf(memberOf(hint, "value"));
            auto type = graph::dataTypeFromName(textOf(memberOf(hint, "type")).value_or(""));
            auto readers = namesOf(memberOf(hint, "readers"));
            if (value && type && readers)
                hints.hold.push_back({std::move(*value), *type, std::move(*readers)});
            return value && type && readers;
        });
        each(entry, "chunk", [&](const json& hint) {
            auto nodes = namesOf(memberOf(hint, "nodes"));
            const json* axis = memberOf(hint, "axis");
            const json* parts = memberOf(hint, "parts");
            bool numbers = axis != nullptr && parts != nullptr && axis->is_number_integer() &&
                           parts->is_number_integer();
            if (nodes && numbers)
                hints.chunk.push_back(
                    {std::move(*nodes), axis->get<std::int64_t>(), parts->get<std::int64_t>()});
            return nodes && numbers;
        });
        hints.order = namesIn(entry, "order");
        hints.joinInPlace = namesIn(entry, "join_in_place");
        hints.outOfPlace = namesIn(entry, "out_of_place");
        return hints;
    }

    void tell(std::string text)
    {
        if (m_notes.size() < mostNotes)
            m_notes.push_back({Severity::Warning, "plan-hint-file", {}, {}, std::move(text), {}});
    }

private:
    static std::optional<Names> namesOf(const json* list)
    {
        if (list == nullptr || !list->is_array())
            return std::nullopt;
        Names names;
        for (const json& name : *list) {
            if (!name.is_string())
                return std::nullopt;
            names.push_back(name.get<std::string>());
        }
        return names;
    }

    Names namesIn(const json& entry, const char* key)
    {
        const json* list = memberOf(entry, key);
        auto names = namesOf(list);
        if (list != nullptr && !names)
            tell(fmt::format("\"{}\" of the kept plan hints is no list of names; it is left out", key));
        return names.value_or(Names());
    }

    template<class Read>
    void each(const json& entry, const char* key, Read read)
    {
        const json* list = memberOf(entry, key);
        if (list == nullptr)
            return;
        if (!list->is_array())
            return tell(fmt::format("\"{}\" of the kept plan hints is no list; it is left out", key));
        std::size_t bad = 0;
        for (const json& hint : *list)
            bad += read(hint) ? 0 : 1;
        if (bad > 0)
            tell(fmt::format("{} of the {} kept plan hints under \"{}\" cannot be understood", bad,
                             list->size(), key));
    }

    std::vector<Problem>& m_notes;
};

// What this program writes replaces what was there; other keys of the entry stay.
void fill(json& entry, const passes::PlanHints& hints)
{
    for (const char* key : {"keep_apart", "recompute", "hold", "chunk", "threads", "kernel"})
        entry[key] = json::array();
    for (const passes::KeepApartHint& hint : hints.keepApart)
        entry["keep_apart"].push_back({{"pass", hint.pass}, {"nodes", hint.nodes}});
    for (const passes::ThreadsHint& hint : hints.threads)
        entry["threads"].push_back({{"node", hint.node}, {"threads", hint.threads}});
    for (const passes::KernelHint& hint : hints.kernel)
        entry["kernel"].push_back({{"node", hint.node}, {"kernel", hint.kernel}});
    for (const passes::RecomputeHint& hint : hints.recompute)
        entry["recompute"].push_back({{"value", hint.value}, {"readers", hint.readers}});
    for (const passes::HoldHint& hint : hints.hold)
        entry["hold"].push_back(
            {{"value", hint.value}, {"type", graph::name(hint.type)}, {"readers", hint.readers}});
    for (const passes::ChunkHint& hint : hints.chunk)
        entry["chunk"].push_back({{"nodes", hint.nodes}, {"axis", hint.axis}, {"parts", hint.parts}});
    entry["order"] = hints.order;
    entry["join_in_place"] = hints.joinInPlace;
    entry["out_of_place"] = hints.outOfPlace;
    for (const char* key : {"keep_apart", "recompute", "hold", "chunk", "threads", "kernel", "order",
                            "join_in_place", "out_of_place"})
        if (entry[key].empty())
            entry.erase(key);
}

} // namespace

Result<SavedPlanHints> loadPlanHints(const std::string& modelPath, const std::string& root,
                                     passes::OptimizeLevel optimize)
{
    const std::string path = sidecarFile(modelPath);
    SavedPlanHints saved;
    EntryReader reader(saved.notes);
    Sidecar sidecar = TRY(readSidecar(path));
    if (sidecar.damaged)
        reader.tell(fmt::format("{} is damaged ({}); no plan hints are taken from it", displayText(path, 400),
                                sidecar.damage));
    const json* entries = memberOf(sidecar.object, ownKey);
    if (entries == nullptr)
        return saved;
    if (!entries->is_array()) {
        reader.tell(fmt::format("\"{}\" of {} is no list; it is left out", ownKey, displayText(path, 400)));
        return saved;
    }
    for (const json& entry : *entries)
        if (isOf(entry, root, optimize))
            saved.hints.add(reader.read(entry));
    return saved;
}

Result<void> savePlanHints(const std::string& modelPath, const std::string& root,
                           passes::OptimizeLevel optimize, const passes::PlanHints& hints)
{
    const std::string path = sidecarFile(modelPath);
    Sidecar sidecar = TRY(readSidecar(path));
    if (sidecar.damaged)
        putSidecarAside(path, sidecar.damage, {});
    const json* old = memberOf(sidecar.object, ownKey);
    if (hints.empty() && old == nullptr)
        return {};
    json entries = json::array();
    json own = {{"root", root.empty() ? "main" : root}, {"optimize", levelWord(optimize)}};
    if (old != nullptr && old->is_array())
        for (const json& entry : *old) {
            if (isOf(entry, root, optimize))
                own = entry;
            else
                entries.push_back(entry);
        }
    if (!hints.empty()) {
        fill(own, hints);
        entries.push_back(std::move(own));
    }
    if (entries.empty())
        sidecar.object.erase(ownKey);
    else
        sidecar.object[ownKey] = std::move(entries);
    return writeSidecar(path, sidecar.object);
}

} // namespace orrery::session
