# Everything is done by xtask (`cargo xtask help`); these are short names for it. `make run ARGS="--listen 127.0.0.1:9443"`.
.PHONY: run build test fmt bench
run build test fmt bench:
	@cargo xtask $@ $(ARGS)
