dofile((os.getenv("BENCH_LUA") or ".") .. "/report.lua")
