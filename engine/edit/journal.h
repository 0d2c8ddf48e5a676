#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Journal: the edits of a session in a file beside the model, each on disk before append() returns; the model
// file and its journal give back the last whole edit after a crash. Layout: a header (magic, version, size
// and FNV-1a hash of the model file, CRC), then frames (length, CRC-32 of the payload, payload as
// journal_codec writes it). What is torn or damaged ends the reading; what stands before it counts. A journal
// is locked by who writes it.

#include "engine/base/unique_fd.h"
#include "engine/edit/journal_codec.h"

#include <memory>
#include <string>

namespace orrery::edit {

// Of a model file as it was when the edits began.
struct FileIdentity {
    std::uint64_t bytes = 0;
    std::uint64_t hash = 0;

    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
Result<FileIdentity> identify(const std::string& path); // reads the whole file

std::string journalPath(const std::string& modelPath); // ".model.onnx.orrery-journal" in the model's folder

struct JournalContent {
    FileIdentity model;
    std::vector<JournalRecord> records;
    std::uint64_t validBytes = 0;
    std::uint64_t lostBytes = 0; // torn or damaged, at the end

    bool hasEdits() const; // more than a Start
};
Result<JournalContent> parseJournal(std::span<const std::byte> bytes); // BadFile without a whole header
Result<JournalContent> readJournal(const std::string& path);

class Journal {
public:
    // A new, empty one in place of what is there; refused while another program writes that.
    static Result<std::unique_ptr<Journal>> create(const std::string& path, const FileIdentity& model);
    // Goes on behind what was read; what was lost is cut off.
    static Result<std::unique_ptr<Journal>> resume(const std::string& path, const JournalContent& content);

    const std::string& path() const { return m_path; }
    // On disk when it returns. After a failure the file ends where it did before.
    Result<void> append(const JournalRecord& record);
    // Saved or discarded: the file goes, and nothing can be appended.
    void remove();

private:
    Journal(std::string path, UniqueFd fd, std::uint64_t size)
        : m_path(std::move(path))
        , m_fd(std::move(fd))
        , m_size(size)
    {}

    std::string m_path;
    UniqueFd m_fd;
    std::uint64_t m_size = 0;
};

} // namespace orrery::edit
