// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"
#include "engine/formats/file_io.h"
#include "engine/formats/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace orrery::formats {
namespace {

std::string lowerCase(std::string text)
{
    for (char& c : text)
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return text;
}

const FormatSpec* byExtension(const std::vector<FormatSpec>& all, const std::string& path)
{
    std::string name = lowerCase(fileNameOf(path));
    const FormatSpec* best = nullptr;
    std::size_t length = 0;
    for (const FormatSpec& spec : all)
        for (const std::string& extension : spec.extensions)
            if (name.ends_with(extension) && extension.size() > length) {
                best = &spec;
                length = extension.size();
            }
    return best;
}

Error located(Error error, const std::string& path)
{
    std::string file = displayText(path);
    if (error.where != file)
        error.where = error.where.empty() ? file : file + ": " + error.where;
    return error;
}

// The rim towards libraries that throw: bad_alloc from protobuf and the containers.
template<class Function>
auto guarded(Function function, const std::string& path) -> decltype(function())
{
    try {
        auto result = function();
        if (!result.ok())
            return located(result.releaseError(), path);
        return result;
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::LimitReached, "not enough memory", displayText(path)};
    } catch (const std::exception& error) {
        return Error{ErrorCode::BadFile, std::string("it cannot be read: ") + error.what(),
                     displayText(path)};
    }
}

} // namespace

Result<graph::Model> readModel(const std::string& path, const ReadLimits& limits)
{
    auto all = formats();
    auto content = readFile(path, limits.fileBytes);
    if (!content.ok())
        return content.releaseError();
    std::string_view first = std::string_view(*content).substr(0, 4096);
    std::string name = lowerCase(fileNameOf(path));
    auto found =
        std::find_if(all.begin(), all.end(), [&](const FormatSpec& spec) { return spec.sniff(first, name); });
    if (found == all.end())
        return Error{
            ErrorCode::BadFile,
            fmt::format("expected a model, found {} ({} bytes)", describeContent(first), content->size()),
            displayText(path)};
    auto model = guarded(
        [&] {
            return found->read(ReadRequest{path, content.releaseValue(), limits});
        },
        path);
    if (model.ok()) {
        model->sourcePath = path;
        model->format = found->name;
    }
    return model;
}

Result<void> writeModel(const graph::Model& model, const std::string& path, std::string_view formatName,
                        std::vector<Problem>* problems)
{
    auto all = formats();
    auto byName = [&](std::string_view name) -> const FormatSpec* {
        auto found =
            std::find_if(all.begin(), all.end(), [&](const FormatSpec& s) { return s.name == name; });
        return found == all.end() ? nullptr : &*found;
    };
    const FormatSpec* spec = byName(formatName);
    if (spec == nullptr && !formatName.empty())
        return Error{
            ErrorCode::Usage, fmt::format("there is no format \"{}\"", displayText(formatName, 80)), {}};
    if (spec == nullptr)
        spec = byExtension(all, path);
    if (spec == nullptr)
        spec = byName(model.format);
    if (spec == nullptr)
        return Error{ErrorCode::Usage, "the file name does not say which format to write", displayText(path)};
    std::vector<Problem> found;
    auto written = guarded([&] { return spec->write(model, path, found); }, path);
    if (written.ok() && problems != nullptr)
        problems->insert(problems->end(), found.begin(), found.end());
    return written;
}

} // namespace orrery::formats
