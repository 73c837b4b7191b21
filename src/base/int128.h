#pragma once

namespace weir {

// 128-bit integers of g++ and clang, named where -Wpedantic accepts them.
__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

}  // namespace weir
