// SPDX-License-Identifier: Apache-2.0
#include "app/prompt/line_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <histedit.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace orrery::prompt {
namespace {

constexpr std::size_t longestLine = 1 << 20;
constexpr int keptLines = 1000;

class PlainReader : public LineReader {
public:
    bool isTerminal() const override { return false; }
    void interrupt() override {}
    void setCompletion(Completion) override {}

    std::optional<ReadLine> read() override
    {
        ReadLine line;
        bool any = false;
        for (;;) {
            if (m_at == m_end && !fill()) {
                if (!any)
                    return std::nullopt;
                return line;
            }
            any = true;
            char* stop = std::find(m_buffer.data() + m_at, m_buffer.data() + m_end, '\n');
            auto count = static_cast<std::size_t>(stop - m_buffer.data()) - m_at;
            std::size_t room = longestLine - line.text.size();
            line.text.append(m_buffer.data() + m_at, std::min(count, room));
            line.tooLong = line.tooLong || count > room;
            m_at += count;
            if (m_at < m_end) {
                ++m_at;
                return line;
            }
        }
    }

private:
    bool fill()
    {
        ssize_t count = 0;
        do
            count = ::read(STDIN_FILENO, m_buffer.data(), m_buffer.size());
        while (count < 0 && errno == EINTR);
        m_at = 0;
        m_end = count > 0 ? static_cast<std::size_t>(count) : 0;
        return count > 0;
    }

    std::array<char, 4096> m_buffer{};
    std::size_t m_at = 0;
    std::size_t m_end = 0;
};

// libedit reads through readCharacter(), which also wakes up for interrupt(): then it reports an error, and
// the line that was being typed is dropped.
class EditingReader : public LineReader {
public:
    EditingReader()
        : m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    {
        std::setlocale(LC_CTYPE, "");
        m_edit = el_init("orrery", stdin, stdout, stderr);
        m_history = history_init();
        HistEvent event;
        history(m_history, &event, H_SETSIZE, keptLines);
        history(m_history, &event, H_SETUNIQUE, 1);
        el_set(m_edit, EL_CLIENTDATA, this);
        el_set(m_edit, EL_PROMPT, prompt);
        el_set(m_edit, EL_EDITOR, "emacs");
        el_set(m_edit, EL_HIST, history, m_history);
        el_set(m_edit, EL_GETCFN, readCharacter);
        el_set(m_edit, EL_ADDFN, "orrery-complete", "Completes a command, a node or a value", completeWord);
        el_set(m_edit, EL_BIND, "^I", "orrery-complete", nullptr);
        el_set(m_edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
        el_source(m_edit, nullptr); // ~/.editrc
    }

    ~EditingReader() override
    {
        history_end(m_history);
        el_end(m_edit);
        ::close(m_wake);
    }

    bool isTerminal() const override { return true; }
    void setCompletion(Completion completion) override { m_completion = std::move(completion); }

    void interrupt() override
    {
        std::uint64_t one = 1;
        (void)!::write(m_wake, &one, sizeof one);
    }

    std::optional<ReadLine> read() override
    {
        std::uint64_t earlier = 0;
        (void)!::read(m_wake, &earlier, sizeof earlier);
        for (;;) {
            m_interrupted = false;
            int count = 0;
            el_set(m_edit, EL_PREP_TERM, 1); // before the prompt shows: Ctrl+D typed at once is a key already
            const char* text = el_gets(m_edit, &count);
            if (text == nullptr || count <= 0) {
                std::fputs(m_interrupted ? "^C\n" : "\n", stdout);
                if (m_interrupted)
                    continue;
                return std::nullopt;
            }
            ReadLine line{std::string(text, static_cast<std::size_t>(count)), false};
            while (!line.text.empty() && line.text.back() == '\n')
                line.text.pop_back();
            HistEvent event;
            if (line.text.find_first_not_of(" \t") != std::string::npos)
                history(m_history, &event, H_ENTER, line.text.c_str());
            line.tooLong = line.text.size() > longestLine;
            return line;
        }
    }

private:
    static char* prompt(EditLine*)
    {
        static char text[] = "(orrery) ";
        return text;
    }

    static EditingReader& of(EditLine* edit)
    {
        void* reader = nullptr;
        el_get(edit, EL_CLIENTDATA, &reader);
        return *static_cast<EditingReader*>(reader);
    }

    static int readCharacter(EditLine* edit, wchar_t* character)
    {
        EditingReader& reader = of(edit);
        std::mbstate_t state{};
        for (;;) {
            std::array<pollfd, 2> ends = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{reader.m_wake, POLLIN, 0}};
            if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR)
                return -1;
            if (ends[1].revents != 0) {
                std::uint64_t count = 0;
                (void)!::read(reader.m_wake, &count, sizeof count);
                reader.m_interrupted = true;
                errno = EINTR;
                return -1;
            }
            if (ends[0].revents == 0)
                continue;
            char byte = 0;
            ssize_t count = ::read(STDIN_FILENO, &byte, 1);
            if (count <= 0)
                return static_cast<int>(count);
            std::size_t used = std::mbrtowc(character, &byte, 1, &state);
            if (used == static_cast<std::size_t>(-2))
                continue; // more bytes belong to it
            if (used == static_cast<std::size_t>(-1)) {
                state = std::mbstate_t{};
                continue; // a byte that is none of this locale's
            }
            return 1;
        }
    }

    static unsigned char completeWord(EditLine* edit, int)
    {
        EditingReader& reader = of(edit);
        const LineInfo* info = el_line(edit);
        std::string before(info->buffer, info->cursor);
        std::size_t begin = before.find_last_of(" \t");
        begin = begin == std::string::npos ? 0 : begin + 1;
        if (!reader.m_completion)
            return CC_ERROR;
        auto candidates = reader.m_completion(before, begin);
        if (candidates.empty())
            return CC_ERROR;
        std::string common = candidates.front();
        for (const std::string& candidate : candidates) {
            auto [end, other] =
                std::mismatch(common.begin(), common.end(), candidate.begin(), candidate.end());
            common.erase(end, common.end());
        }
        if (candidates.size() == 1)
            common += ' ';
        if (common.size() > before.size() - begin) {
            el_deletestr(edit, static_cast<int>(before.size() - begin));
            el_insertstr(edit, common.c_str());
            return CC_REFRESH;
        }
        std::fputc('\n', stdout);
        constexpr std::size_t mostListed = 60;
        for (std::size_t i = 0; i < std::min(candidates.size(), mostListed); ++i)
            std::fprintf(stdout, "%s  ", candidates[i].c_str());
        std::fputs(candidates.size() > mostListed ? "…\n" : "\n", stdout);
        return CC_REDISPLAY;
    }

    int m_wake = -1;
    bool m_interrupted = false;
    EditLine* m_edit = nullptr;
    History* m_history = nullptr;
    Completion m_completion;
};

} // namespace

std::unique_ptr<LineReader> LineReader::create()
{
    if (isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0)
        return std::make_unique<EditingReader>();
    return std::make_unique<PlainReader>();
}

} // namespace orrery::prompt
