"""Every speed figure, as ratios taken in one run: `make bench`."""

from tests.load import bench_analysis, bench_exports, bench_ingest, bench_pages, bench_results

if __name__ == "__main__":
    bench_pages.main()
    bench_ingest.main()
    bench_analysis.main()
    bench_results.main()
    bench_exports.main()
