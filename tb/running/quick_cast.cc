// Lets vvp, which Icarus Verilog runs simulations with, remember what its dynamic casts found.
//
// vvp casts the value of each signal that a process reads. What a cast finds depends on the class of the object, which
// its table of virtual functions tells, and on both types alone: the place of the result within the object. So it is
// the same whenever it is asked for again. Preloaded, this takes the place of the function in libstdc++, which
// compares names of types each time.

#include <cstddef>
#include <cstdint>
#include <dlfcn.h>
#include <typeinfo>

namespace {

using Function = void *(*)(const void *, const std::type_info *, const std::type_info *, std::ptrdiff_t);

struct Known {
    // Written last, and never again; null: this place is free
    const void *table;
    const std::type_info *source;
    const std::type_info *target;
    std::ptrdiff_t offset;
    bool found;
};

// vvp has some hundred casts; one that finds no place near its own is made anew each time
constexpr std::size_t PLACES = 4096;
constexpr std::size_t NEAR = 4;
Known known[PLACES + NEAR];
bool writing;

}  // namespace

extern "C" void *__dynamic_cast(const void *object, const std::type_info *source, const std::type_info *target,
                                std::ptrdiff_t hint) {
    const char *bytes = static_cast<const char *>(object);
    const void *table = *static_cast<const void *const *>(object);
    const std::uintptr_t mixed = reinterpret_cast<std::uintptr_t>(table) * 31 + reinterpret_cast<std::uintptr_t>(target);
    Known *const first = known + (mixed >> 3) % PLACES;
    for (Known *place = first; place != first + NEAR; ++place) {
        const void *there = __atomic_load_n(&place->table, __ATOMIC_ACQUIRE);
        if (there == table && place->target == target && place->source == source)
            return place->found ? const_cast<char *>(bytes) + place->offset : nullptr;
        if (there == nullptr)
            break;
    }

    static const Function original = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "__dynamic_cast"));
    void *const result = original(object, source, target, hint);
    if (!__atomic_test_and_set(&writing, __ATOMIC_ACQUIRE)) {
        for (Known *place = first; place != first + NEAR; ++place) {
            if (place->table != nullptr)
                continue;
            place->source = source;
            place->target = target;
            place->found = result != nullptr;
            place->offset = place->found ? static_cast<char *>(result) - bytes : 0;
            __atomic_store_n(&place->table, table, __ATOMIC_RELEASE);
            break;
        }
        __atomic_clear(&writing, __ATOMIC_RELEASE);
    }
    return result;
}
