// SPDX-License-Identifier: Apache-2.0
//
// The file is sacred: each model is opened, one attribute changed, and saved. The two files, compared as
// protobuf with unknown fields included, differ in that attribute's value and in nothing else; and saved
// without a change they do not differ at all. Told as well: how many bytes lie between the first and the last
// that differ. Models: every .onnx below $ORRERY_PEER_MODELS; the sample graphs, as ONNX, without it.
#include "engine/edit/actions.h"
#include "engine/formats/format.h"

#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace orrery;

namespace {

std::string bytesOf(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// One other value of the same kind; monostate for kinds that are left alone.
graph::AttributeValue otherThan(const graph::AttributeValue& value)
{
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return *number + 1;
    if (const auto* number = std::get_if<float>(&value))
        return *number + 0.5f;
    if (const auto* text = std::get_if<std::string>(&value))
        return *text + "x";
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
        list != nullptr && !list->empty()) {
        auto changed = *list;
        changed.back() += 1;
        return changed;
    }
    return std::monostate();
}

// Where two messages differ, unknown fields included: "modified: graph.node[3].attribute[0].i: 1 -> 2".
std::vector<std::string> differencesOf(const std::string& a, const std::string& b)
{
    onnx::ModelProto before, after;
    if (!before.ParseFromString(a) || !after.ParseFromString(b))
        return {"a file is no model"};
    google::protobuf::util::MessageDifferencer differencer;
    std::string report;
    differencer.ReportDifferencesToString(&report);
    differencer.set_message_field_comparison(google::protobuf::util::MessageDifferencer::EQUAL);
    differencer.Compare(before, after);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < report.size();) {
        const std::size_t end = std::min(report.find('\n', at), report.size());
        lines.push_back(report.substr(at, std::min<std::size_t>(end - at, 200)));
        at = end + 1;
    }
    return lines;
}

std::size_t bytesThatDiffer(const std::string& a, const std::string& b)
{
    const std::size_t shorter = std::min(a.size(), b.size());
    std::size_t front = 0, back = 0;
    while (front < shorter && a[front] == b[front])
        ++front;
    while (back < shorter - front && a[a.size() - 1 - back] == b[b.size() - 1 - back])
        ++back;
    return std::max(a.size(), b.size()) - front - back;
}

struct Tally {
    std::size_t models = 0, edits = 0, faults = 0;

    void fault(const std::string& text)
    {
        ++faults;
        fmt::print("FAIL {}\n", text);
    }
};

bool write(const graph::Model& model, const fs::path& path, Tally& tally)
{
    std::vector<Problem> problems;
    auto written = formats::writeModel(model, path.string(), {}, &problems);
    if (!written.ok())
        tally.fault(path.string() + ": " + written.error().text());
    return written.ok();
}

void tryModel(const fs::path& original, const fs::path& folder, Tally& tally)
{
    auto model = formats::readModel(original.string());
    if (!model.ok())
        return tally.fault(original.string() + ": " + model.error().text());
    ++tally.models;
    const std::string before = bytesOf(original);
    const fs::path saved = folder / original.filename();
    if (!write(*model, saved, tally))
        return;
    for (const std::string& line : differencesOf(before, bytesOf(saved)))
        tally.fault(fmt::format("{}: saved without a change: {}", original.string(), line));
    const std::size_t unchanged = bytesThatDiffer(before, bytesOf(saved));

    std::vector<bool> done(std::variant_size_v<graph::AttributeValue>, false); // one attribute of each kind
    std::size_t edits = 0, widest = 0;
    const graph::Graph& graph = model->graph;
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
        const graph::Node& node = graph.node(NodeId(i));
        for (const graph::Attribute& attribute : node.attributes) {
            graph::AttributeValue other = otherThan(attribute.value);
            if (!node.alive || std::holds_alternative<std::monostate>(other) || done[other.index()])
                continue;
            done[other.index()] = true;
            graph::Model edited = *model;
            auto edit = edit::setAttribute(edited, NodeId(i), attribute.name, std::move(other));
            if (!edit.ok() || !graph::apply(edited, *edit).ok() || !write(edited, saved, tally))
                return tally.fault(original.string() + ": the edit does not fit");
            const std::string after = bytesOf(saved);
            const auto differences = differencesOf(before, after);
            const bool isThat = differences.size() == 1 &&
                                differences.front().find(".attribute[") != std::string::npos &&
                                differences.front().starts_with("modified: ");
            if (!isThat)
                tally.fault(fmt::format("{}: {} of {}: {} differences, the first: {}", original.string(),
                                        attribute.name, node.displayName(), differences.size(),
                                        differences.empty() ? "none" : differences.front()));
            widest = std::max(widest, bytesThatDiffer(before, after));
            ++edits;
        }
    }
    tally.edits += edits;
    fmt::print("{}: {} edits, {} of {} bytes differ without a change, at most {} with one\n",
               original.filename().string(), edits, unchanged, before.size(), widest);
}

} // namespace

int main()
{
    const fs::path folder =
        fs::temp_directory_path() / fmt::format("orrery-attribute-edit-{}", static_cast<long>(::getpid()));
    fs::create_directories(folder);
    Tally tally;
    std::vector<fs::path> models;
    if (const char* peers = std::getenv("ORRERY_PEER_MODELS"); peers != nullptr && *peers != 0) {
        for (const auto& entry : fs::recursive_directory_iterator(peers))
            if (entry.path().extension() == ".onnx")
                models.push_back(entry.path());
    } else {
        fmt::print("ORRERY_PEER_MODELS is not set: only the sample graphs are tried, as ONNX\n");
        fs::create_directories(folder / "samples");
        for (const auto& entry : fs::directory_iterator(SAMPLE_GRAPHS))
            if (entry.path().extension() == ".onnxtxt")
                if (auto sample = formats::readModel(entry.path().string()); sample.ok()) {
                    const fs::path path = folder / "samples" / (entry.path().stem().string() + ".onnx");
                    if (write(*sample, path, tally))
                        models.push_back(path);
                }
    }
    std::sort(models.begin(), models.end());
    for (const fs::path& model : models)
        tryModel(model, folder, tally);
    fs::remove_all(folder);
    fmt::print("{} models, {} edits, {} faults\n", tally.models, tally.edits, tally.faults);
    return tally.faults == 0 && tally.edits > 0 ? 0 : 1;
}
