# Every library that Weir links, found once. A missing optional one turns one feature off and says so.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(simdjson REQUIRED)
find_package(Boost 1.81 REQUIRED)
if(WEIR_TESTS)
  find_package(GTest REQUIRED)
endif()

find_package(PkgConfig REQUIRED)
foreach(library libdeflate libisal libzstd re2 libmaxminddb)
  pkg_check_modules(${library} REQUIRED IMPORTED_TARGET ${library})
endforeach()

find_path(RAPIDJSON_INCLUDE rapidjson/writer.h REQUIRED)
