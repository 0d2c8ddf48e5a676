// SPDX-License-Identifier: Apache-2.0
#include "profiler/record/heap_probe.h"

#include "profiler/record/clock.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <execinfo.h>
#include <malloc.h>
#include <sys/mman.h>

namespace orrery::record::heap_probe {

namespace {

using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;

// Blocks by address: buckets of eight keys, a cache line each; a full bucket passes on to the next ones. An
// address has one owner at a time, so entering and removing the same one never race.
constexpr std::size_t slotsPerBucket = 8;
constexpr std::size_t buckets = maximumBlocks / slotsPerBucket;
constexpr std::size_t mostBuckets = 16; // looked at for one address

struct Block {
    std::uint64_t bytes;
    std::uint32_t site; // slot of the site table
    HeapShare share;
};

struct Site {
    std::atomic<std::uint64_t> key; // 0: free
    std::atomic<std::uint64_t> liveBytes;
    std::atomic<std::uint64_t> liveBlocks;
};

struct Stack {
    std::atomic<std::uint64_t> hash;  // 0: free
    std::atomic<std::uint32_t> count; // written last
    std::array<void*, maximumFrames> frames;
};

struct Tables {
    std::atomic<std::uintptr_t> keys[maximumBlocks];
    std::atomic<std::uint8_t> passedOn[buckets];
    Block blocks[maximumBlocks];
    Site sites[maximumSites];
    std::atomic<std::uint32_t> order[maximumSites]; // slot + 1; 0: not written yet
    Stack stacks[maximumStacks];
};

// One thread's own counts; only it writes, anyone reads. The last one is shared by all threads that come
// late.
struct alignas(64) ThreadCounts {
    std::atomic<std::uint64_t> allocatedBytes, freedBytes, allocations, frees;
};
constexpr std::size_t maximumThreads = 256;

std::atomic<Tables*> tables{nullptr};
std::atomic<bool> on{false};
std::atomic<std::uint32_t> generation{0}; // of begin()
std::atomic<std::uint32_t> currentNode{noId};
StackCapture capture = StackCapture::None;
std::uint64_t bytesPerSample = 1 << 19;

std::array<ThreadCounts, maximumThreads> threadCounts;
std::atomic<std::uint32_t> threadsSeen{0};

std::atomic<std::uint64_t> shareBytes[heapShareCount], shareBlocks[heapShareCount];
std::atomic<std::uint64_t> mappingBytes, mappingBlocks;
std::atomic<std::uint64_t> untrackedBytes, untrackedBlocks;
std::atomic<std::uint64_t> earlierBytes, earlierBlocks;
std::atomic<std::uint64_t> nativePeak;
std::atomic<std::uint64_t> stackNs;
std::atomic<std::uint32_t> sitesSeen;

struct ThreadState {
    bool inside = false; // the probe itself is at work: what it allocates is not counted
    std::uint32_t counts = maximumThreads;
    std::int64_t untilSample = 0;
    std::uint64_t random = 0;
};
thread_local ThreadState thread;

std::uint64_t mixed(std::uint64_t x)
{
    x ^= x >> 32;
    x *= 0x9e3779b97f4a7c15;
    return x ^ (x >> 29);
}

void add(std::atomic<std::uint64_t>& sum, std::uint64_t value) { sum.fetch_add(value, memory_order_relaxed); }
void subtract(std::atomic<std::uint64_t>& sum, std::uint64_t value)
{
    sum.fetch_sub(value, memory_order_relaxed);
}

ThreadCounts& countsOfThread()
{
    if (thread.counts == maximumThreads)
        thread.counts =
            std::min<std::uint32_t>(threadsSeen.fetch_add(1, memory_order_relaxed), maximumThreads - 1);
    return threadCounts[thread.counts];
}

void count(std::atomic<std::uint64_t>& sum, std::uint64_t value)
{
    if (thread.counts == maximumThreads - 1)
        add(sum, value);
    else
        sum.store(sum.load(memory_order_relaxed) + value, memory_order_relaxed);
}

std::size_t bucketOf(std::uintptr_t address) { return mixed(address >> 4) % buckets; }

bool enter(Tables& t, std::uintptr_t address, const Block& block)
{
    std::size_t bucket = bucketOf(address);
    for (std::size_t i = 0; i < mostBuckets; ++i, bucket = (bucket + 1) % buckets) {
        for (std::size_t slot = bucket * slotsPerBucket; slot < (bucket + 1) * slotsPerBucket; ++slot) {
            std::uintptr_t expected = 0;
            if (t.keys[slot].load(memory_order_relaxed) == 0 &&
                t.keys[slot].compare_exchange_strong(expected, address, memory_order_acquire,
                                                     memory_order_relaxed)) {
                t.blocks[slot] = block;
                return true;
            }
        }
        t.passedOn[bucket].store(1, memory_order_relaxed);
    }
    return false;
}

// The slot of the address; maximumBlocks when it is not known.
std::size_t find(Tables& t, std::uintptr_t address)
{
    std::size_t bucket = bucketOf(address);
    for (std::size_t i = 0; i < mostBuckets; ++i, bucket = (bucket + 1) % buckets) {
        for (std::size_t slot = bucket * slotsPerBucket; slot < (bucket + 1) * slotsPerBucket; ++slot)
            if (t.keys[slot].load(memory_order_relaxed) == address)
                return slot;
        if (t.passedOn[bucket].load(memory_order_relaxed) == 0)
            break;
    }
    return maximumBlocks;
}

constexpr std::uint64_t keyOf(SiteKind kind, std::uint32_t node, std::uint32_t stack)
{
    return (std::uint64_t{node} << 32) | (std::uint64_t{stack} << 2) |
           (kind == SiteKind::Mapping ? std::uint64_t{2} : 0) | 1;
}

// The slot of the site, a new one where it is not known; maximumSites when the table is full.
std::uint32_t siteFor(Tables& t, SiteKind kind, std::uint32_t node, std::uint32_t stack)
{
    std::uint64_t key = keyOf(kind, node, stack);
    std::size_t slot = mixed(key) % maximumSites;
    for (std::size_t i = 0; i < maximumSites; ++i, slot = (slot + 1) % maximumSites) {
        std::uint64_t found = t.sites[slot].key.load(memory_order_relaxed);
        if (found == 0) {
            if (sitesSeen.load(memory_order_relaxed) >= maximumSites * 3 / 4)
                return maximumSites;
            if (t.sites[slot].key.compare_exchange_strong(found, key, memory_order_relaxed)) {
                std::uint32_t index = sitesSeen.fetch_add(1, memory_order_relaxed);
                if (index < maximumSites)
                    t.order[index].store(static_cast<std::uint32_t>(slot) + 1, memory_order_release);
                return static_cast<std::uint32_t>(slot);
            }
        }
        if (found == key)
            return static_cast<std::uint32_t>(slot);
    }
    return maximumSites;
}

// 0 when the table is full.
std::uint32_t captureStack(Tables& t, const void* caller)
{
    constexpr std::size_t own = 4; // at most: captureStack, allocated, malloc and what it goes through
    std::array<void*, maximumFrames + own> frames{};
    int found = ::backtrace(frames.data(), static_cast<int>(frames.size()));
    std::span<void*> calls(frames.data(), static_cast<std::size_t>(std::max(found, 0)));
    auto first = std::find(calls.begin(), calls.end(), caller);
    if (first != calls.end())
        calls = calls.subspan(static_cast<std::size_t>(first - calls.begin()));
    calls = calls.first(std::min(calls.size(), maximumFrames));
    if (calls.empty())
        return 0;
    std::uint64_t hash = calls.size();
    for (void* call : calls)
        hash = mixed(hash ^ reinterpret_cast<std::uintptr_t>(call));
    hash |= 1;
    std::size_t slot = hash % maximumStacks;
    for (int i = 0; i < 64; ++i, slot = (slot + 1) % maximumStacks) {
        if (slot == 0)
            continue; // its number means that there is none
        Stack& stack = t.stacks[slot];
        std::uint64_t known = stack.hash.load(memory_order_relaxed);
        if (known == 0 && stack.hash.compare_exchange_strong(known, hash, memory_order_relaxed)) {
            std::copy(calls.begin(), calls.end(), stack.frames.begin());
            stack.count.store(static_cast<std::uint32_t>(calls.size()), memory_order_release);
            return static_cast<std::uint32_t>(slot);
        }
        if (known == hash)
            return static_cast<std::uint32_t>(slot);
    }
    return 0;
}

bool sampleIsDue(std::size_t bytes)
{
    thread.untilSample -= static_cast<std::int64_t>(std::min<std::size_t>(bytes, std::size_t{1} << 62));
    if (thread.untilSample > 0)
        return false;
    // The next distance is drawn from an exponential distribution: every byte is as likely as any other.
    if (thread.random == 0)
        thread.random = mixed(reinterpret_cast<std::uintptr_t>(&thread)) | 1;
    thread.random ^= thread.random << 13;
    thread.random ^= thread.random >> 7;
    thread.random ^= thread.random << 17;
    double uniform = (static_cast<double>(thread.random >> 11) + 1) * 0x1p-53;
    thread.untilSample =
        static_cast<std::int64_t>(-std::log(uniform) * static_cast<double>(bytesPerSample)) + 1;
    return true;
}

void remove(Tables& t, std::size_t slot)
{
    Block block = t.blocks[slot];
    t.keys[slot].store(0, memory_order_release); // whoever enters another address here comes after this read
    auto share = static_cast<std::size_t>(block.share);
    Site& site = t.sites[block.site];
    subtract(site.liveBytes, block.bytes);
    subtract(site.liveBlocks, 1);
    if ((site.key.load(memory_order_relaxed) & 2) != 0) {
        subtract(mappingBytes, block.bytes);
        subtract(mappingBlocks, 1);
        return;
    }
    subtract(shareBytes[share], block.bytes);
    subtract(shareBlocks[share], 1);
    if (block.share == HeapShare::Native) {
        ThreadCounts& counts = countsOfThread();
        count(counts.freedBytes, block.bytes);
        count(counts.frees, 1);
    }
}

} // namespace

namespace detail {

bool interposed = false;

void allocated(void* address, std::size_t bytes, SiteKind kind, const void* caller) noexcept
{
    if (!on.load(memory_order_acquire) || address == nullptr || thread.inside)
        return;
    thread.inside = true;
    Tables& t = *tables.load(memory_order_relaxed);
    HeapTag tag = heapTag();
    std::uint32_t node = tag == HeapTag::Program ? noId : currentNode.load(memory_order_relaxed);
    HeapShare share = tag == HeapTag::Tensor ? HeapShare::Tensor
                      : node != noId         ? HeapShare::Native
                                             : HeapShare::Other;
    std::uint32_t stack = 0;
    bool wanted = share == HeapShare::Native &&
                  (capture == StackCapture::Full || (capture == StackCapture::Sampled && sampleIsDue(bytes)));
    if (wanted) {
        std::int64_t begin = monotonicNs();
        stack = captureStack(t, caller);
        add(stackNs, static_cast<std::uint64_t>(monotonicNs() - begin));
    }
    // Tensors are the engine's own, told buffer by buffer: one site holds them all.
    std::uint32_t site = siteFor(t, kind, share == HeapShare::Tensor ? tensorSiteNode : node, stack);
    if (site == maximumSites || !enter(t, reinterpret_cast<std::uintptr_t>(address), {bytes, site, share})) {
        add(untrackedBytes, bytes);
        add(untrackedBlocks, 1);
        thread.inside = false;
        return;
    }
    add(t.sites[site].liveBytes, bytes);
    add(t.sites[site].liveBlocks, 1);
    if (kind == SiteKind::Mapping) {
        add(mappingBytes, bytes);
        add(mappingBlocks, 1);
    } else {
        auto index = static_cast<std::size_t>(share);
        std::uint64_t live = shareBytes[index].fetch_add(bytes, memory_order_relaxed) + bytes;
        add(shareBlocks[index], 1);
        if (share == HeapShare::Native) {
            ThreadCounts& counts = countsOfThread();
            count(counts.allocatedBytes, bytes);
            count(counts.allocations, 1);
            std::uint64_t peak = nativePeak.load(memory_order_relaxed);
            while (live > peak && !nativePeak.compare_exchange_weak(peak, live, memory_order_relaxed)) {
            }
        }
    }
    thread.inside = false;
}

void freed(void* address, std::size_t (*usableBytes)(void*)) noexcept
{
    if (!on.load(memory_order_acquire) || address == nullptr || thread.inside)
        return;
    Tables& t = *tables.load(memory_order_relaxed);
    std::size_t slot = find(t, reinterpret_cast<std::uintptr_t>(address));
    if (slot != maximumBlocks)
        return remove(t, slot);
    add(earlierBytes, usableBytes(address));
    add(earlierBlocks, 1);
}

void unmapped(void* address, std::size_t bytes) noexcept
{
    if (!on.load(memory_order_acquire) || thread.inside)
        return;
    Tables& t = *tables.load(memory_order_relaxed);
    std::size_t slot = find(t, reinterpret_cast<std::uintptr_t>(address));
    if (slot == maximumBlocks)
        return; // mapped earlier, or a part from within
    Block whole = t.blocks[slot];
    remove(t, slot);
    if (bytes >= whole.bytes)
        return;
    // Its beginning alone: the rest stays under its own address.
    Block rest = whole;
    rest.bytes -= bytes;
    if (!enter(t, reinterpret_cast<std::uintptr_t>(address) + bytes, rest))
        return;
    add(t.sites[rest.site].liveBytes, rest.bytes);
    add(t.sites[rest.site].liveBlocks, 1);
    add(mappingBytes, rest.bytes);
    add(mappingBlocks, 1);
}

} // namespace detail

bool available() { return detail::interposed; }

Result<void> begin(StackCapture stacks, std::uint64_t sampleBytes)
{
    end();
    if (stacks != StackCapture::None) {
        // Its first call loads a library and allocates.
        std::array<void*, 4> warm{};
        (void)::backtrace(warm.data(), static_cast<int>(warm.size()));
    }
    // The old tables stay mapped, without memory behind them: a thread may be looking at them still.
    Tables* t = tables.load(memory_order_relaxed);
    if (t == nullptr) {
        void* memory = ::mmap(nullptr, sizeof(Tables), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
            return Error{ErrorCode::LimitReached, "no memory for the tables that watch the heap", {}};
        t = static_cast<Tables*>(memory);
        tables.store(t, memory_order_release);
    } else {
        ::madvise(t, sizeof(Tables), MADV_DONTNEED);
    }
    for (std::size_t share = 0; share < heapShareCount; ++share) {
        shareBytes[share] = 0;
        shareBlocks[share] = 0;
    }
    for (auto* sum : {&mappingBytes, &mappingBlocks, &untrackedBytes, &untrackedBlocks, &earlierBytes,
                      &earlierBlocks, &nativePeak, &stackNs})
        sum->store(0, memory_order_relaxed);
    sitesSeen = 0;
    currentNode = noId;
    capture = stacks;
    bytesPerSample = std::max<std::uint64_t>(sampleBytes, 1);
    on.store(true, memory_order_release);
    return {};
}

void end() { on.store(false, memory_order_release); }
bool watching() { return on.load(memory_order_relaxed); }
void setNode(std::uint32_t node) { currentNode.store(node, memory_order_relaxed); }

NativeHeapUse nativeUse()
{
    NativeHeapUse sum;
    std::size_t threads = std::min<std::size_t>(threadsSeen.load(memory_order_relaxed), maximumThreads);
    for (std::size_t i = 0; i < threads; ++i) {
        sum.allocatedBytes += threadCounts[i].allocatedBytes.load(memory_order_relaxed);
        sum.freedBytes += threadCounts[i].freedBytes.load(memory_order_relaxed);
        sum.allocations += threadCounts[i].allocations.load(memory_order_relaxed);
        sum.frees += threadCounts[i].frees.load(memory_order_relaxed);
    }
    return sum;
}

std::uint64_t takeNativePeak()
{
    std::uint64_t now = shareBytes[static_cast<std::size_t>(HeapShare::Native)].load(memory_order_relaxed);
    std::uint64_t peak = nativePeak.exchange(now, memory_order_relaxed);
    return peak > now ? peak - now : 0;
}

HeapLive live(HeapShare share)
{
    auto i = static_cast<std::size_t>(share);
    return {shareBytes[i].load(memory_order_relaxed), shareBlocks[i].load(memory_order_relaxed)};
}

HeapLive liveMappings() { return {mappingBytes, mappingBlocks}; }
HeapLive untracked() { return {untrackedBytes, untrackedBlocks}; }
HeapLive earlierFreed() { return {earlierBytes, earlierBlocks}; }

double measureBlockNs()
{
    constexpr int count = 4096;
    constexpr int rounds = 5;
    ScopedHeapTag tag(HeapTag::Program);
    auto pairNs = [] {
        std::int64_t begin = monotonicNs();
        for (int i = 0; i < count; ++i) {
            void* volatile block = std::malloc(static_cast<std::size_t>(64 + i % 8 * 16));
            std::free(block);
        }
        return static_cast<double>(monotonicNs() - begin) / count;
    };
    double watched = 1e9, unwatched = 1e9; // the best of some rounds: what disturbs only adds
    for (int round = 0; round < rounds; ++round) {
        watched = std::min(watched, pairNs());
        on.store(false, memory_order_release);
        unwatched = std::min(unwatched, pairNs());
        on.store(true, memory_order_release);
    }
    return std::max(watched - unwatched, 0.0);
}

double stacksNs() { return static_cast<double>(stackNs.load(memory_order_relaxed)); }

std::uint64_t heldByAllocator()
{
    struct mallinfo2 info = ::mallinfo2();
    return info.arena + info.hblkhd;
}

std::size_t siteCount() { return std::min<std::size_t>(sitesSeen.load(memory_order_acquire), maximumSites); }

namespace {

// Null for one that is being entered just now.
Site* siteAt(std::size_t index)
{
    Tables* t = tables.load(memory_order_relaxed);
    std::uint32_t slot =
        t != nullptr && index < maximumSites ? t->order[index].load(memory_order_acquire) : 0;
    return slot == 0 ? nullptr : &t->sites[slot - 1];
}

} // namespace

HeapSite site(std::size_t index)
{
    Site* at = siteAt(index);
    if (at == nullptr)
        return {};
    std::uint64_t key = at->key.load(memory_order_relaxed);
    return {(key & 2) != 0 ? SiteKind::Mapping : SiteKind::Heap, static_cast<std::uint32_t>(key >> 32),
            static_cast<std::uint32_t>(key & 0xffffffff) >> 2};
}

HeapLive liveAt(std::size_t index)
{
    Site* at = siteAt(index);
    return at == nullptr ? HeapLive{} : HeapLive{at->liveBytes, at->liveBlocks};
}

std::span<void* const> framesOf(std::uint32_t stack)
{
    Tables* t = tables.load(memory_order_relaxed);
    if (t == nullptr || stack == 0 || stack >= maximumStacks)
        return {};
    const Stack& known = t->stacks[stack];
    return {known.frames.data(), known.count.load(memory_order_acquire)};
}

} // namespace orrery::record::heap_probe
