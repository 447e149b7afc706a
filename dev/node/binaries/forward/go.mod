module portcullis.local/parts/forward

go 1.25
