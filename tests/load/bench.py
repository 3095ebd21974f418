"""Every speed figure, as ratios taken in one run: `make bench`."""

from tests.load import bench_ingest

if __name__ == "__main__":
    bench_ingest.main()
